module @layer {
  func.func public @main(%weight: tensor<3x5xf32>, %bias: tensor<3xf32>, %x: tensor<4x5xf32>) -> (tensor<4x3xf32> {jax.result_info = "y"}) {
    %0 = stablehlo.dot_general %x, %weight, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<4x5xf32>, tensor<3x5xf32>) -> tensor<4x3xf32>
    %1 = stablehlo.broadcast_in_dim %bias, dims = [1] : (tensor<3xf32>) -> tensor<4x3xf32>
    %2 = stablehlo.add %0, %1 : tensor<4x3xf32>
    %3 = stablehlo.constant dense<0.0> : tensor<4x3xf32>
    %4 = stablehlo.maximum %2, %3 : tensor<4x3xf32>
    return %4 : tensor<4x3xf32>
  }
}
