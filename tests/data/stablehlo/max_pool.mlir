module @max_pool {
  func.func public @main(%x: tensor<1x5xf32>, %x1: tensor<1x3xf32>) -> (tensor<1x3xf32> {jax.result_info = "y"}, tensor<1x5xf32> {jax.result_info = "x_gradient"}) {
    %0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = "stablehlo.reduce_window"(%x, %0) <{window_dimensions = array<i64: 1, 3>, window_strides = array<i64: 1, 2>, padding = dense<[[0, 0], [1, 1]]> : tensor<2x2xi64>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %c = stablehlo.maximum %a, %b : tensor<f32>
      stablehlo.return %c : tensor<f32>
    }) : (tensor<1x5xf32>, tensor<f32>) -> tensor<1x3xf32>
    %2 = stablehlo.pad %x, %0, low = [0, 1], high = [0, 1], interior = [0, 0] : (tensor<1x5xf32>, tensor<f32>) -> tensor<1x7xf32>
    %3 = stablehlo.slice %2 [0:1, 0:5:2] : (tensor<1x7xf32>) -> tensor<1x3xf32>
    %4 = stablehlo.reshape %3 : (tensor<1x3xf32>) -> tensor<1x3x1xf32>
    %5 = stablehlo.slice %2 [0:1, 1:6:2] : (tensor<1x7xf32>) -> tensor<1x3xf32>
    %6 = stablehlo.reshape %5 : (tensor<1x3xf32>) -> tensor<1x3x1xf32>
    %7 = stablehlo.slice %2 [0:1, 2:7:2] : (tensor<1x7xf32>) -> tensor<1x3xf32>
    %8 = stablehlo.reshape %7 : (tensor<1x3xf32>) -> tensor<1x3x1xf32>
    %9 = stablehlo.concatenate %4, %6, %8, dim = 2 : (tensor<1x3x1xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) -> tensor<1x3x3xf32>
    %10 = stablehlo.reduce(%9 init: %0) applies stablehlo.maximum across dimensions = [2] : (tensor<1x3x3xf32>, tensor<f32>) -> tensor<1x3xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<1x3x3xf32>
    %12 = stablehlo.compare EQ, %9, %11, FLOAT : (tensor<1x3x3xf32>, tensor<1x3x3xf32>) -> tensor<1x3x3xi1>
    %13 = stablehlo.compare NE, %9, %9, FLOAT : (tensor<1x3x3xf32>, tensor<1x3x3xf32>) -> tensor<1x3x3xi1>
    %14 = stablehlo.or %12, %13 : tensor<1x3x3xi1>
    %15 = stablehlo.constant dense<true> : tensor<5xi1>
    %16 = stablehlo.constant dense<false> : tensor<i1>
    %17 = stablehlo.pad %15, %16, low = [1], high = [1], interior = [0] : (tensor<5xi1>, tensor<i1>) -> tensor<7xi1>
    %18 = stablehlo.slice %17 [0:5:2] : (tensor<7xi1>) -> tensor<3xi1>
    %19 = stablehlo.reshape %18 : (tensor<3xi1>) -> tensor<3x1xi1>
    %20 = stablehlo.slice %17 [1:6:2] : (tensor<7xi1>) -> tensor<3xi1>
    %21 = stablehlo.reshape %20 : (tensor<3xi1>) -> tensor<3x1xi1>
    %22 = stablehlo.slice %17 [2:7:2] : (tensor<7xi1>) -> tensor<3xi1>
    %23 = stablehlo.reshape %22 : (tensor<3xi1>) -> tensor<3x1xi1>
    %24 = stablehlo.concatenate %19, %21, %23, dim = 1 : (tensor<3x1xi1>, tensor<3x1xi1>, tensor<3x1xi1>) -> tensor<3x3xi1>
    %25 = stablehlo.broadcast_in_dim %24, dims = [1, 2] : (tensor<3x3xi1>) -> tensor<1x3x3xi1>
    %26 = stablehlo.and %14, %25 : tensor<1x3x3xi1>
    %27 = stablehlo.iota dim = 2 : tensor<1x3x3xi32>
    %28 = stablehlo.constant dense<3> : tensor<1x3x3xi32>
    %29 = stablehlo.select %26, %27, %28 : tensor<1x3x3xi1>, tensor<1x3x3xi32>
    %30 = stablehlo.constant dense<3> : tensor<i32>
    %31 = stablehlo.reduce(%29 init: %30) applies stablehlo.minimum across dimensions = [2] : (tensor<1x3x3xi32>, tensor<i32>) -> tensor<1x3xi32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<1x3x3xi32>
    %33 = stablehlo.compare EQ, %27, %32, SIGNED : (tensor<1x3x3xi32>, tensor<1x3x3xi32>) -> tensor<1x3x3xi1>
    %34 = stablehlo.broadcast_in_dim %x1, dims = [0, 1] : (tensor<1x3xf32>) -> tensor<1x3x3xf32>
    %35 = stablehlo.constant dense<0.0> : tensor<1x3x3xf32>
    %36 = stablehlo.select %33, %34, %35 : tensor<1x3x3xi1>, tensor<1x3x3xf32>
    %37 = stablehlo.constant dense<0.0> : tensor<f32>
    %38 = stablehlo.slice %36 [0:1, 0:3, 0:1] : (tensor<1x3x3xf32>) -> tensor<1x3x1xf32>
    %39 = stablehlo.reshape %38 : (tensor<1x3x1xf32>) -> tensor<1x3xf32>
    %40 = stablehlo.pad %39, %37, low = [0, 0], high = [0, 2], interior = [0, 1] : (tensor<1x3xf32>, tensor<f32>) -> tensor<1x7xf32>
    %41 = stablehlo.slice %36 [0:1, 0:3, 1:2] : (tensor<1x3x3xf32>) -> tensor<1x3x1xf32>
    %42 = stablehlo.reshape %41 : (tensor<1x3x1xf32>) -> tensor<1x3xf32>
    %43 = stablehlo.pad %42, %37, low = [0, 1], high = [0, 1], interior = [0, 1] : (tensor<1x3xf32>, tensor<f32>) -> tensor<1x7xf32>
    %44 = stablehlo.slice %36 [0:1, 0:3, 2:3] : (tensor<1x3x3xf32>) -> tensor<1x3x1xf32>
    %45 = stablehlo.reshape %44 : (tensor<1x3x1xf32>) -> tensor<1x3xf32>
    %46 = stablehlo.pad %45, %37, low = [0, 2], high = [0, 0], interior = [0, 1] : (tensor<1x3xf32>, tensor<f32>) -> tensor<1x7xf32>
    %47 = stablehlo.add %40, %43 : tensor<1x7xf32>
    %48 = stablehlo.add %47, %46 : tensor<1x7xf32>
    %49 = stablehlo.slice %48 [0:1, 1:6] : (tensor<1x7xf32>) -> tensor<1x5xf32>
    return %1, %49 : tensor<1x3xf32>, tensor<1x5xf32>
  }
}
