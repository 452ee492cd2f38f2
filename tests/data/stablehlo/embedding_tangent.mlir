module @embedding_tangent {
  func.func public @main(%table: tensor<5x2xf32>, %x1: tensor<5x2xf32>, %n0: tensor<3xi32>) -> (tensor<3x2xf32> {jax.result_info = "rows"}, tensor<3x2xf32> {jax.result_info = "rows_tangent"}) {
    %0 = stablehlo.constant dense<0> : tensor<3xi32>
    %1 = stablehlo.constant dense<5> : tensor<3xi32>
    %2 = stablehlo.compare GE, %n0, %0, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %3 = stablehlo.compare LT, %n0, %1, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %4 = stablehlo.and %2, %3 : tensor<3xi1>
    %5 = stablehlo.select %4, %n0, %0 : tensor<3xi1>, tensor<3xi32>
    %6 = "stablehlo.gather"(%table, %5) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 2>}> : (tensor<5x2xf32>, tensor<3xi32>) -> tensor<3x2xf32>
    %7 = stablehlo.broadcast_in_dim %4, dims = [0] : (tensor<3xi1>) -> tensor<3x2xi1>
    %8 = stablehlo.constant dense<0.0> : tensor<3x2xf32>
    %9 = stablehlo.select %7, %6, %8 : tensor<3x2xi1>, tensor<3x2xf32>
    %10 = stablehlo.compare GE, %n0, %0, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %11 = stablehlo.compare LT, %n0, %1, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %12 = stablehlo.and %10, %11 : tensor<3xi1>
    %13 = stablehlo.select %12, %n0, %0 : tensor<3xi1>, tensor<3xi32>
    %14 = "stablehlo.gather"(%x1, %13) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 2>}> : (tensor<5x2xf32>, tensor<3xi32>) -> tensor<3x2xf32>
    %15 = stablehlo.broadcast_in_dim %12, dims = [0] : (tensor<3xi1>) -> tensor<3x2xi1>
    %16 = stablehlo.select %15, %14, %8 : tensor<3x2xi1>, tensor<3x2xf32>
    return %9, %16 : tensor<3x2xf32>, tensor<3x2xf32>
  }
}
