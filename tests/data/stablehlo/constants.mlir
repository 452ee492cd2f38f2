module @constants {
  func.func public @main() -> (tensor<2x3xf32> {jax.result_info = "y"}) {
    %0 = stablehlo.constant dense<[[0.1, -0.0, 0x7FC00000], [0x7F800000, 1.0e-30, 3.0]]> : tensor<2x3xf32>
    %1 = stablehlo.constant dense<0.5> : tensor<2x3xf32>
    %2 = stablehlo.add %0, %1 : tensor<2x3xf32>
    return %2 : tensor<2x3xf32>
  }
}
