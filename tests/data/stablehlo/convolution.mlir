module @convolution {
  func.func public @main(%weight: tensor<4x1x3x3xf64>, %x: tensor<2x6x6xf64>, %x2: tensor<4x3x2xf64>) -> (tensor<4x1x3x3xf64> {jax.result_info = "weight_gradient"}, tensor<2x6x6xf64> {jax.result_info = "x_gradient"}, tensor<4x3x2xf64> {jax.result_info = "y"}) {
    %0 = stablehlo.reshape %x : (tensor<2x6x6xf64>) -> tensor<1x2x6x6xf64>
    %1 = stablehlo.convolution(%0, %weight) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [2, 1], pad = [[1, 1], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [1, 2]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<1x2x6x6xf64>, tensor<4x1x3x3xf64>) -> tensor<1x4x3x2xf64>
    %2 = stablehlo.reshape %1 : (tensor<1x4x3x2xf64>) -> tensor<4x3x2xf64>
    %3 = stablehlo.reshape %x : (tensor<2x6x6xf64>) -> tensor<1x2x6x6xf64>
    %4 = stablehlo.transpose %3, dims = [1, 0, 2, 3] : (tensor<1x2x6x6xf64>) -> tensor<2x1x6x6xf64>
    %5 = stablehlo.reshape %x2 : (tensor<4x3x2xf64>) -> tensor<1x4x3x2xf64>
    %6 = stablehlo.transpose %5, dims = [1, 0, 2, 3] : (tensor<1x4x3x2xf64>) -> tensor<4x1x3x2xf64>
    %7 = stablehlo.convolution(%4, %6) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 2], pad = [[1, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 1]} {batch_group_count = 2 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<2x1x6x6xf64>, tensor<4x1x3x2xf64>) -> tensor<1x4x3x3xf64>
    %8 = stablehlo.transpose %7, dims = [1, 0, 2, 3] : (tensor<1x4x3x3xf64>) -> tensor<4x1x3x3xf64>
    %9 = stablehlo.reshape %x2 : (tensor<4x3x2xf64>) -> tensor<1x4x3x2xf64>
    %10 = stablehlo.reshape %weight : (tensor<4x1x3x3xf64>) -> tensor<2x2x1x3x3xf64>
    %11 = stablehlo.transpose %10, dims = [0, 2, 1, 3, 4] : (tensor<2x2x1x3x3xf64>) -> tensor<2x1x2x3x3xf64>
    %12 = stablehlo.reshape %11 : (tensor<2x1x2x3x3xf64>) -> tensor<2x2x3x3xf64>
    %13 = stablehlo.reverse %12, dims = [2, 3] : tensor<2x2x3x3xf64>
    %14 = stablehlo.convolution(%9, %13) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 2], [4, 4]], lhs_dilate = [2, 1], rhs_dilate = [1, 2]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64, precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]} : (tensor<1x4x3x2xf64>, tensor<2x2x3x3xf64>) -> tensor<1x2x6x6xf64>
    %15 = stablehlo.reshape %14 : (tensor<1x2x6x6xf64>) -> tensor<2x6x6xf64>
    return %8, %15, %2 : tensor<4x1x3x3xf64>, tensor<2x6x6xf64>, tensor<4x3x2xf64>
  }
}
