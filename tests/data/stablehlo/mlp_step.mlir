module @mlp_step {
  func.func public @main(%layers.0.weight: tensor<8x5xf32>, %layers.0.weight.exp_avg: tensor<8x5xf32>, %layers.0.weight.exp_avg_sq: tensor<8x5xf32>, %layers.0.bias: tensor<8xf32>, %layers.0.bias.exp_avg: tensor<8xf32>, %layers.0.bias.exp_avg_sq: tensor<8xf32>, %layers.1.weight: tensor<3x8xf32>, %layers.1.weight.exp_avg: tensor<3x8xf32>, %layers.1.weight.exp_avg_sq: tensor<3x8xf32>, %layers.1.bias: tensor<3xf32>, %layers.1.bias.exp_avg: tensor<3xf32>, %layers.1.bias.exp_avg_sq: tensor<3xf32>, %one_minus_beta1: tensor<f32>, %beta2: tensor<f32>, %one_minus_beta2: tensor<f32>, %eps: tensor<f32>, %rate_over_correction1: tensor<f32>, %one_over_root_of_correction2: tensor<f32>, %x: tensor<6x5xf32>, %y: tensor<6x3xf32>) -> (tensor<8x5xf32> {jax.result_info = "layers.0.weight"}, tensor<8x5xf32> {jax.result_info = "layers.0.weight.exp_avg"}, tensor<8x5xf32> {jax.result_info = "layers.0.weight.exp_avg_sq"}, tensor<8xf32> {jax.result_info = "layers.0.bias"}, tensor<8xf32> {jax.result_info = "layers.0.bias.exp_avg"}, tensor<8xf32> {jax.result_info = "layers.0.bias.exp_avg_sq"}, tensor<3x8xf32> {jax.result_info = "layers.1.weight"}, tensor<3x8xf32> {jax.result_info = "layers.1.weight.exp_avg"}, tensor<3x8xf32> {jax.result_info = "layers.1.weight.exp_avg_sq"}, tensor<3xf32> {jax.result_info = "layers.1.bias"}, tensor<3xf32> {jax.result_info = "layers.1.bias.exp_avg"}, tensor<3xf32> {jax.result_info = "layers.1.bias.exp_avg_sq"}, tensor<f32> {jax.result_info = "loss"}) {
    %0 = stablehlo.constant dense<1.0> : tensor<f32>
    %1 = stablehlo.dot_general %x, %layers.0.weight, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<6x5xf32>, tensor<8x5xf32>) -> tensor<6x8xf32>
    %2 = stablehlo.broadcast_in_dim %layers.0.bias, dims = [1] : (tensor<8xf32>) -> tensor<6x8xf32>
    %3 = stablehlo.add %1, %2 : tensor<6x8xf32>
    %4 = stablehlo.tanh %3 : tensor<6x8xf32>
    %5 = stablehlo.dot_general %4, %layers.1.weight, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<6x8xf32>, tensor<3x8xf32>) -> tensor<6x3xf32>
    %6 = stablehlo.broadcast_in_dim %layers.1.bias, dims = [1] : (tensor<3xf32>) -> tensor<6x3xf32>
    %7 = stablehlo.add %5, %6 : tensor<6x3xf32>
    %8 = stablehlo.subtract %7, %y : tensor<6x3xf32>
    %9 = stablehlo.multiply %8, %8 : tensor<6x3xf32>
    %10 = stablehlo.constant dense<0.0> : tensor<f32>
    %11 = stablehlo.reduce(%9 init: %10) applies stablehlo.add across dimensions = [0, 1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<f32>
    %12 = stablehlo.constant dense<18.0> : tensor<f32>
    %13 = stablehlo.divide %11, %12 : tensor<f32>
    %14 = stablehlo.subtract %7, %y : tensor<6x3xf32>
    %15 = stablehlo.constant dense<2.0> : tensor<f32>
    %16 = stablehlo.multiply %0, %15 : tensor<f32>
    %17 = stablehlo.divide %16, %12 : tensor<f32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [] : (tensor<f32>) -> tensor<6x3xf32>
    %19 = stablehlo.multiply %18, %14 : tensor<6x3xf32>
    %20 = stablehlo.dot_general %19, %4, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<6x3xf32>, tensor<6x8xf32>) -> tensor<3x8xf32>
    %21 = stablehlo.reduce(%19 init: %10) applies stablehlo.add across dimensions = [0] : (tensor<6x3xf32>, tensor<f32>) -> tensor<3xf32>
    %22 = stablehlo.dot_general %19, %layers.1.weight, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<6x3xf32>, tensor<3x8xf32>) -> tensor<6x8xf32>
    %23 = stablehlo.multiply %4, %4 : tensor<6x8xf32>
    %24 = stablehlo.constant dense<1.0> : tensor<6x8xf32>
    %25 = stablehlo.subtract %24, %23 : tensor<6x8xf32>
    %26 = stablehlo.multiply %22, %25 : tensor<6x8xf32>
    %27 = stablehlo.dot_general %26, %x, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<6x8xf32>, tensor<6x5xf32>) -> tensor<8x5xf32>
    %28 = stablehlo.reduce(%26 init: %10) applies stablehlo.add across dimensions = [0] : (tensor<6x8xf32>, tensor<f32>) -> tensor<8xf32>
    %29 = stablehlo.subtract %27, %layers.0.weight.exp_avg : tensor<8x5xf32>
    %30 = stablehlo.broadcast_in_dim %one_minus_beta1, dims = [] : (tensor<f32>) -> tensor<8x5xf32>
    %31 = stablehlo.multiply %30, %29 : tensor<8x5xf32>
    %32 = stablehlo.add %31, %layers.0.weight.exp_avg : tensor<8x5xf32>
    %33 = stablehlo.multiply %27, %27 : tensor<8x5xf32>
    %34 = stablehlo.broadcast_in_dim %one_minus_beta2, dims = [] : (tensor<f32>) -> tensor<8x5xf32>
    %35 = stablehlo.multiply %34, %33 : tensor<8x5xf32>
    %36 = stablehlo.broadcast_in_dim %beta2, dims = [] : (tensor<f32>) -> tensor<8x5xf32>
    %37 = stablehlo.multiply %36, %layers.0.weight.exp_avg_sq : tensor<8x5xf32>
    %38 = stablehlo.add %37, %35 : tensor<8x5xf32>
    %39 = stablehlo.sqrt %38 : tensor<8x5xf32>
    %40 = stablehlo.broadcast_in_dim %eps, dims = [] : (tensor<f32>) -> tensor<8x5xf32>
    %41 = stablehlo.broadcast_in_dim %one_over_root_of_correction2, dims = [] : (tensor<f32>) -> tensor<8x5xf32>
    %42 = stablehlo.multiply %41, %39 : tensor<8x5xf32>
    %43 = stablehlo.add %42, %40 : tensor<8x5xf32>
    %44 = stablehlo.divide %32, %43 : tensor<8x5xf32>
    %45 = stablehlo.negate %rate_over_correction1 : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<8x5xf32>
    %47 = stablehlo.multiply %46, %44 : tensor<8x5xf32>
    %48 = stablehlo.add %47, %layers.0.weight : tensor<8x5xf32>
    %49 = stablehlo.subtract %28, %layers.0.bias.exp_avg : tensor<8xf32>
    %50 = stablehlo.broadcast_in_dim %one_minus_beta1, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %51 = stablehlo.multiply %50, %49 : tensor<8xf32>
    %52 = stablehlo.add %51, %layers.0.bias.exp_avg : tensor<8xf32>
    %53 = stablehlo.multiply %28, %28 : tensor<8xf32>
    %54 = stablehlo.broadcast_in_dim %one_minus_beta2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %55 = stablehlo.multiply %54, %53 : tensor<8xf32>
    %56 = stablehlo.broadcast_in_dim %beta2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %57 = stablehlo.multiply %56, %layers.0.bias.exp_avg_sq : tensor<8xf32>
    %58 = stablehlo.add %57, %55 : tensor<8xf32>
    %59 = stablehlo.sqrt %58 : tensor<8xf32>
    %60 = stablehlo.broadcast_in_dim %eps, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %61 = stablehlo.broadcast_in_dim %one_over_root_of_correction2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %62 = stablehlo.multiply %61, %59 : tensor<8xf32>
    %63 = stablehlo.add %62, %60 : tensor<8xf32>
    %64 = stablehlo.divide %52, %63 : tensor<8xf32>
    %65 = stablehlo.negate %rate_over_correction1 : tensor<f32>
    %66 = stablehlo.broadcast_in_dim %65, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %67 = stablehlo.multiply %66, %64 : tensor<8xf32>
    %68 = stablehlo.add %67, %layers.0.bias : tensor<8xf32>
    %69 = stablehlo.subtract %20, %layers.1.weight.exp_avg : tensor<3x8xf32>
    %70 = stablehlo.broadcast_in_dim %one_minus_beta1, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %71 = stablehlo.multiply %70, %69 : tensor<3x8xf32>
    %72 = stablehlo.add %71, %layers.1.weight.exp_avg : tensor<3x8xf32>
    %73 = stablehlo.multiply %20, %20 : tensor<3x8xf32>
    %74 = stablehlo.broadcast_in_dim %one_minus_beta2, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %75 = stablehlo.multiply %74, %73 : tensor<3x8xf32>
    %76 = stablehlo.broadcast_in_dim %beta2, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %77 = stablehlo.multiply %76, %layers.1.weight.exp_avg_sq : tensor<3x8xf32>
    %78 = stablehlo.add %77, %75 : tensor<3x8xf32>
    %79 = stablehlo.sqrt %78 : tensor<3x8xf32>
    %80 = stablehlo.broadcast_in_dim %eps, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %81 = stablehlo.broadcast_in_dim %one_over_root_of_correction2, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %82 = stablehlo.multiply %81, %79 : tensor<3x8xf32>
    %83 = stablehlo.add %82, %80 : tensor<3x8xf32>
    %84 = stablehlo.divide %72, %83 : tensor<3x8xf32>
    %85 = stablehlo.negate %rate_over_correction1 : tensor<f32>
    %86 = stablehlo.broadcast_in_dim %85, dims = [] : (tensor<f32>) -> tensor<3x8xf32>
    %87 = stablehlo.multiply %86, %84 : tensor<3x8xf32>
    %88 = stablehlo.add %87, %layers.1.weight : tensor<3x8xf32>
    %89 = stablehlo.subtract %21, %layers.1.bias.exp_avg : tensor<3xf32>
    %90 = stablehlo.broadcast_in_dim %one_minus_beta1, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %91 = stablehlo.multiply %90, %89 : tensor<3xf32>
    %92 = stablehlo.add %91, %layers.1.bias.exp_avg : tensor<3xf32>
    %93 = stablehlo.multiply %21, %21 : tensor<3xf32>
    %94 = stablehlo.broadcast_in_dim %one_minus_beta2, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %95 = stablehlo.multiply %94, %93 : tensor<3xf32>
    %96 = stablehlo.broadcast_in_dim %beta2, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %97 = stablehlo.multiply %96, %layers.1.bias.exp_avg_sq : tensor<3xf32>
    %98 = stablehlo.add %97, %95 : tensor<3xf32>
    %99 = stablehlo.sqrt %98 : tensor<3xf32>
    %100 = stablehlo.broadcast_in_dim %eps, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %101 = stablehlo.broadcast_in_dim %one_over_root_of_correction2, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %102 = stablehlo.multiply %101, %99 : tensor<3xf32>
    %103 = stablehlo.add %102, %100 : tensor<3xf32>
    %104 = stablehlo.divide %92, %103 : tensor<3xf32>
    %105 = stablehlo.negate %rate_over_correction1 : tensor<f32>
    %106 = stablehlo.broadcast_in_dim %105, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %107 = stablehlo.multiply %106, %104 : tensor<3xf32>
    %108 = stablehlo.add %107, %layers.1.bias : tensor<3xf32>
    return %48, %32, %38, %68, %52, %58, %88, %72, %78, %108, %92, %98, %13 : tensor<8x5xf32>, tensor<8x5xf32>, tensor<8x5xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>
  }
}
