module @dropout {
  func.func public @main(%x: tensor<6xf32>, %n0: tensor<i32>) -> (tensor<6xf32> {jax.result_info = "y"}) {
    %0 = stablehlo.bitcast_convert %n0 : (tensor<i32>) -> tensor<ui32>
    %1 = stablehlo.convert %0 : (tensor<ui32>) -> tensor<ui64>
    %2 = stablehlo.constant dense<32> : tensor<ui64>
    %3 = stablehlo.constant dense<4294967295> : tensor<ui64>
    %4 = stablehlo.and %1, %3 : tensor<ui64>
    %5 = stablehlo.shift_right_logical %1, %2 : tensor<ui64>
    %6 = stablehlo.iota dim = 0 : tensor<2xui64>
    %7 = stablehlo.constant dense<32> : tensor<2xui64>
    %8 = stablehlo.constant dense<4294967295> : tensor<2xui64>
    %9 = stablehlo.and %6, %8 : tensor<2xui64>
    %10 = stablehlo.shift_right_logical %6, %7 : tensor<2xui64>
    %11 = stablehlo.constant dense<1886352756> : tensor<2xui64>
    %12 = stablehlo.constant dense<6582895> : tensor<2xui64>
    %13 = stablehlo.constant dense<3528531795> : tensor<2xui64>
    %14 = stablehlo.multiply %9, %13 : tensor<2xui64>
    %15 = stablehlo.and %14, %8 : tensor<2xui64>
    %16 = stablehlo.shift_right_logical %14, %7 : tensor<2xui64>
    %17 = stablehlo.constant dense<3449720151> : tensor<2xui64>
    %18 = stablehlo.multiply %11, %17 : tensor<2xui64>
    %19 = stablehlo.and %18, %8 : tensor<2xui64>
    %20 = stablehlo.shift_right_logical %18, %7 : tensor<2xui64>
    %21 = stablehlo.xor %20, %10 : tensor<2xui64>
    %22 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %23 = stablehlo.xor %21, %22 : tensor<2xui64>
    %24 = stablehlo.xor %16, %12 : tensor<2xui64>
    %25 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %26 = stablehlo.xor %24, %25 : tensor<2xui64>
    %27 = stablehlo.constant dense<2654435769> : tensor<ui64>
    %28 = stablehlo.add %4, %27 : tensor<ui64>
    %29 = stablehlo.and %28, %3 : tensor<ui64>
    %30 = stablehlo.constant dense<3144134277> : tensor<ui64>
    %31 = stablehlo.add %5, %30 : tensor<ui64>
    %32 = stablehlo.and %31, %3 : tensor<ui64>
    %33 = stablehlo.multiply %23, %13 : tensor<2xui64>
    %34 = stablehlo.and %33, %8 : tensor<2xui64>
    %35 = stablehlo.shift_right_logical %33, %7 : tensor<2xui64>
    %36 = stablehlo.multiply %26, %17 : tensor<2xui64>
    %37 = stablehlo.and %36, %8 : tensor<2xui64>
    %38 = stablehlo.shift_right_logical %36, %7 : tensor<2xui64>
    %39 = stablehlo.xor %38, %19 : tensor<2xui64>
    %40 = stablehlo.broadcast_in_dim %29, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %41 = stablehlo.xor %39, %40 : tensor<2xui64>
    %42 = stablehlo.xor %35, %15 : tensor<2xui64>
    %43 = stablehlo.broadcast_in_dim %32, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %44 = stablehlo.xor %42, %43 : tensor<2xui64>
    %45 = stablehlo.add %29, %27 : tensor<ui64>
    %46 = stablehlo.and %45, %3 : tensor<ui64>
    %47 = stablehlo.add %32, %30 : tensor<ui64>
    %48 = stablehlo.and %47, %3 : tensor<ui64>
    %49 = stablehlo.multiply %41, %13 : tensor<2xui64>
    %50 = stablehlo.and %49, %8 : tensor<2xui64>
    %51 = stablehlo.shift_right_logical %49, %7 : tensor<2xui64>
    %52 = stablehlo.multiply %44, %17 : tensor<2xui64>
    %53 = stablehlo.and %52, %8 : tensor<2xui64>
    %54 = stablehlo.shift_right_logical %52, %7 : tensor<2xui64>
    %55 = stablehlo.xor %54, %37 : tensor<2xui64>
    %56 = stablehlo.broadcast_in_dim %46, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %57 = stablehlo.xor %55, %56 : tensor<2xui64>
    %58 = stablehlo.xor %51, %34 : tensor<2xui64>
    %59 = stablehlo.broadcast_in_dim %48, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %60 = stablehlo.xor %58, %59 : tensor<2xui64>
    %61 = stablehlo.add %46, %27 : tensor<ui64>
    %62 = stablehlo.and %61, %3 : tensor<ui64>
    %63 = stablehlo.add %48, %30 : tensor<ui64>
    %64 = stablehlo.and %63, %3 : tensor<ui64>
    %65 = stablehlo.multiply %57, %13 : tensor<2xui64>
    %66 = stablehlo.and %65, %8 : tensor<2xui64>
    %67 = stablehlo.shift_right_logical %65, %7 : tensor<2xui64>
    %68 = stablehlo.multiply %60, %17 : tensor<2xui64>
    %69 = stablehlo.and %68, %8 : tensor<2xui64>
    %70 = stablehlo.shift_right_logical %68, %7 : tensor<2xui64>
    %71 = stablehlo.xor %70, %53 : tensor<2xui64>
    %72 = stablehlo.broadcast_in_dim %62, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %73 = stablehlo.xor %71, %72 : tensor<2xui64>
    %74 = stablehlo.xor %67, %50 : tensor<2xui64>
    %75 = stablehlo.broadcast_in_dim %64, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %76 = stablehlo.xor %74, %75 : tensor<2xui64>
    %77 = stablehlo.add %62, %27 : tensor<ui64>
    %78 = stablehlo.and %77, %3 : tensor<ui64>
    %79 = stablehlo.add %64, %30 : tensor<ui64>
    %80 = stablehlo.and %79, %3 : tensor<ui64>
    %81 = stablehlo.multiply %73, %13 : tensor<2xui64>
    %82 = stablehlo.and %81, %8 : tensor<2xui64>
    %83 = stablehlo.shift_right_logical %81, %7 : tensor<2xui64>
    %84 = stablehlo.multiply %76, %17 : tensor<2xui64>
    %85 = stablehlo.and %84, %8 : tensor<2xui64>
    %86 = stablehlo.shift_right_logical %84, %7 : tensor<2xui64>
    %87 = stablehlo.xor %86, %69 : tensor<2xui64>
    %88 = stablehlo.broadcast_in_dim %78, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %89 = stablehlo.xor %87, %88 : tensor<2xui64>
    %90 = stablehlo.xor %83, %66 : tensor<2xui64>
    %91 = stablehlo.broadcast_in_dim %80, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %92 = stablehlo.xor %90, %91 : tensor<2xui64>
    %93 = stablehlo.add %78, %27 : tensor<ui64>
    %94 = stablehlo.and %93, %3 : tensor<ui64>
    %95 = stablehlo.add %80, %30 : tensor<ui64>
    %96 = stablehlo.and %95, %3 : tensor<ui64>
    %97 = stablehlo.multiply %89, %13 : tensor<2xui64>
    %98 = stablehlo.and %97, %8 : tensor<2xui64>
    %99 = stablehlo.shift_right_logical %97, %7 : tensor<2xui64>
    %100 = stablehlo.multiply %92, %17 : tensor<2xui64>
    %101 = stablehlo.and %100, %8 : tensor<2xui64>
    %102 = stablehlo.shift_right_logical %100, %7 : tensor<2xui64>
    %103 = stablehlo.xor %102, %85 : tensor<2xui64>
    %104 = stablehlo.broadcast_in_dim %94, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %105 = stablehlo.xor %103, %104 : tensor<2xui64>
    %106 = stablehlo.xor %99, %82 : tensor<2xui64>
    %107 = stablehlo.broadcast_in_dim %96, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %108 = stablehlo.xor %106, %107 : tensor<2xui64>
    %109 = stablehlo.add %94, %27 : tensor<ui64>
    %110 = stablehlo.and %109, %3 : tensor<ui64>
    %111 = stablehlo.add %96, %30 : tensor<ui64>
    %112 = stablehlo.and %111, %3 : tensor<ui64>
    %113 = stablehlo.multiply %105, %13 : tensor<2xui64>
    %114 = stablehlo.and %113, %8 : tensor<2xui64>
    %115 = stablehlo.shift_right_logical %113, %7 : tensor<2xui64>
    %116 = stablehlo.multiply %108, %17 : tensor<2xui64>
    %117 = stablehlo.and %116, %8 : tensor<2xui64>
    %118 = stablehlo.shift_right_logical %116, %7 : tensor<2xui64>
    %119 = stablehlo.xor %118, %101 : tensor<2xui64>
    %120 = stablehlo.broadcast_in_dim %110, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %121 = stablehlo.xor %119, %120 : tensor<2xui64>
    %122 = stablehlo.xor %115, %98 : tensor<2xui64>
    %123 = stablehlo.broadcast_in_dim %112, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %124 = stablehlo.xor %122, %123 : tensor<2xui64>
    %125 = stablehlo.add %110, %27 : tensor<ui64>
    %126 = stablehlo.and %125, %3 : tensor<ui64>
    %127 = stablehlo.add %112, %30 : tensor<ui64>
    %128 = stablehlo.and %127, %3 : tensor<ui64>
    %129 = stablehlo.multiply %121, %13 : tensor<2xui64>
    %130 = stablehlo.and %129, %8 : tensor<2xui64>
    %131 = stablehlo.shift_right_logical %129, %7 : tensor<2xui64>
    %132 = stablehlo.multiply %124, %17 : tensor<2xui64>
    %133 = stablehlo.and %132, %8 : tensor<2xui64>
    %134 = stablehlo.shift_right_logical %132, %7 : tensor<2xui64>
    %135 = stablehlo.xor %134, %117 : tensor<2xui64>
    %136 = stablehlo.broadcast_in_dim %126, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %137 = stablehlo.xor %135, %136 : tensor<2xui64>
    %138 = stablehlo.xor %131, %114 : tensor<2xui64>
    %139 = stablehlo.broadcast_in_dim %128, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %140 = stablehlo.xor %138, %139 : tensor<2xui64>
    %141 = stablehlo.add %126, %27 : tensor<ui64>
    %142 = stablehlo.and %141, %3 : tensor<ui64>
    %143 = stablehlo.add %128, %30 : tensor<ui64>
    %144 = stablehlo.and %143, %3 : tensor<ui64>
    %145 = stablehlo.multiply %137, %13 : tensor<2xui64>
    %146 = stablehlo.and %145, %8 : tensor<2xui64>
    %147 = stablehlo.shift_right_logical %145, %7 : tensor<2xui64>
    %148 = stablehlo.multiply %140, %17 : tensor<2xui64>
    %149 = stablehlo.and %148, %8 : tensor<2xui64>
    %150 = stablehlo.shift_right_logical %148, %7 : tensor<2xui64>
    %151 = stablehlo.xor %150, %133 : tensor<2xui64>
    %152 = stablehlo.broadcast_in_dim %142, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %153 = stablehlo.xor %151, %152 : tensor<2xui64>
    %154 = stablehlo.xor %147, %130 : tensor<2xui64>
    %155 = stablehlo.broadcast_in_dim %144, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %156 = stablehlo.xor %154, %155 : tensor<2xui64>
    %157 = stablehlo.add %142, %27 : tensor<ui64>
    %158 = stablehlo.and %157, %3 : tensor<ui64>
    %159 = stablehlo.add %144, %30 : tensor<ui64>
    %160 = stablehlo.and %159, %3 : tensor<ui64>
    %161 = stablehlo.multiply %153, %13 : tensor<2xui64>
    %162 = stablehlo.and %161, %8 : tensor<2xui64>
    %163 = stablehlo.shift_right_logical %161, %7 : tensor<2xui64>
    %164 = stablehlo.multiply %156, %17 : tensor<2xui64>
    %165 = stablehlo.and %164, %8 : tensor<2xui64>
    %166 = stablehlo.shift_right_logical %164, %7 : tensor<2xui64>
    %167 = stablehlo.xor %166, %149 : tensor<2xui64>
    %168 = stablehlo.broadcast_in_dim %158, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %169 = stablehlo.xor %167, %168 : tensor<2xui64>
    %170 = stablehlo.xor %163, %146 : tensor<2xui64>
    %171 = stablehlo.broadcast_in_dim %160, dims = [] : (tensor<ui64>) -> tensor<2xui64>
    %172 = stablehlo.xor %170, %171 : tensor<2xui64>
    %173 = stablehlo.add %158, %27 : tensor<ui64>
    %174 = stablehlo.and %173, %3 : tensor<ui64>
    %175 = stablehlo.add %160, %30 : tensor<ui64>
    %176 = stablehlo.and %175, %3 : tensor<ui64>
    %177 = stablehlo.reshape %169 : (tensor<2xui64>) -> tensor<2x1xui64>
    %178 = stablehlo.reshape %165 : (tensor<2xui64>) -> tensor<2x1xui64>
    %179 = stablehlo.reshape %172 : (tensor<2xui64>) -> tensor<2x1xui64>
    %180 = stablehlo.reshape %162 : (tensor<2xui64>) -> tensor<2x1xui64>
    %181 = stablehlo.concatenate %177, %178, %179, %180, dim = 1 : (tensor<2x1xui64>, tensor<2x1xui64>, tensor<2x1xui64>, tensor<2x1xui64>) -> tensor<2x4xui64>
    %182 = stablehlo.reshape %181 : (tensor<2x4xui64>) -> tensor<8xui64>
    %183 = stablehlo.slice %182 [0:6] : (tensor<8xui64>) -> tensor<6xui64>
    %184 = stablehlo.constant dense<1073741824> : tensor<6xui64>
    %185 = stablehlo.compare GE, %183, %184, UNSIGNED : (tensor<6xui64>, tensor<6xui64>) -> tensor<6xi1>
    %186 = stablehlo.constant dense<0.75> : tensor<6xf32>
    %187 = stablehlo.divide %x, %186 : tensor<6xf32>
    %188 = stablehlo.constant dense<0.0> : tensor<6xf32>
    %189 = stablehlo.select %185, %187, %188 : tensor<6xi1>, tensor<6xf32>
    return %189 : tensor<6xf32>
  }
}
