module @embedding_gradient {
  func.func public @main(%table: tensor<5x2xf32>, %x1: tensor<3x2xf32>, %words: tensor<3xi64>) -> (tensor<5x2xf32> {jax.result_info = "table_gradient"}) {
    %0 = stablehlo.constant dense<0> : tensor<3xi64>
    %1 = stablehlo.constant dense<5> : tensor<3xi64>
    %2 = stablehlo.compare GE, %words, %0, SIGNED : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
    %3 = stablehlo.compare LT, %words, %1, SIGNED : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
    %4 = stablehlo.and %2, %3 : tensor<3xi1>
    %5 = stablehlo.select %4, %words, %0 : tensor<3xi1>, tensor<3xi64>
    %6 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<3xi1>) -> tensor<3x2xi1>
    %7 = stablehlo.constant dense<0.0> : tensor<3x2xf32>
    %8 = stablehlo.select %6, %x1, %7 : tensor<3x2xi1>, tensor<3x2xf32>
    %9 = stablehlo.constant dense<0.0> : tensor<5x2xf32>
    %10 = "stablehlo.scatter"(%9, %5, %8) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %c = stablehlo.add %a, %b : tensor<f32>
      stablehlo.return %c : tensor<f32>
    }) : (tensor<5x2xf32>, tensor<3xi64>, tensor<3x2xf32>) -> tensor<5x2xf32>
    return %10 : tensor<5x2xf32>
  }
}
