module @masked_softmax {
  func.func public @main(%scores: tensor<2x3x3xf32>, %n0: tensor<2x3xi32>) -> (tensor<2x3x3xf32> {jax.result_info = "y"}) {
    %0 = stablehlo.iota dim = 0 : tensor<3x3xi32>
    %1 = stablehlo.iota dim = 1 : tensor<3x3xi32>
    %2 = stablehlo.compare GE, %0, %1, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %3 = stablehlo.broadcast_in_dim %2, dims = [1, 2] : (tensor<3x3xi1>) -> tensor<2x3x3xi1>
    %4 = stablehlo.constant dense<0> : tensor<2x3xi32>
    %5 = stablehlo.compare NE, %n0, %4, SIGNED : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi1>
    %6 = stablehlo.broadcast_in_dim %5, dims = [0, 2] : (tensor<2x3xi1>) -> tensor<2x3x3xi1>
    %7 = stablehlo.and %3, %6 : tensor<2x3x3xi1>
    %8 = stablehlo.constant dense<0xFF800000> : tensor<2x3x3xf32>
    %9 = stablehlo.select %7, %scores, %8 : tensor<2x3x3xi1>, tensor<2x3x3xf32>
    %10 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %11 = stablehlo.reduce(%9 init: %10) applies stablehlo.maximum across dimensions = [2] : (tensor<2x3x3xf32>, tensor<f32>) -> tensor<2x3xf32>
    %12 = stablehlo.broadcast_in_dim %11, dims = [0, 1] : (tensor<2x3xf32>) -> tensor<2x3x3xf32>
    %13 = stablehlo.subtract %9, %12 : tensor<2x3x3xf32>
    %14 = stablehlo.exponential %13 : tensor<2x3x3xf32>
    %15 = stablehlo.constant dense<0.0> : tensor<2x3x3xf32>
    %16 = stablehlo.select %7, %14, %15 : tensor<2x3x3xi1>, tensor<2x3x3xf32>
    %17 = stablehlo.constant dense<0.0> : tensor<f32>
    %18 = stablehlo.reduce(%16 init: %17) applies stablehlo.add across dimensions = [2] : (tensor<2x3x3xf32>, tensor<f32>) -> tensor<2x3xf32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [0, 1] : (tensor<2x3xf32>) -> tensor<2x3x3xf32>
    %20 = stablehlo.divide %16, %19 : tensor<2x3x3xf32>
    %21 = stablehlo.select %7, %20, %15 : tensor<2x3x3xi1>, tensor<2x3x3xf32>
    return %21 : tensor<2x3x3xf32>
  }
}
