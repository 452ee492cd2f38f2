//! The machine code of the register tiles, for x86-64: no sum and no factor leaves the registers in an inner loop.
//!
//! A tile of one row too many gives the same bits and passes every other test, but is written to the stack and read
//! again at every step.

/// One function in the assembly that rustc writes.
struct Function<'a> {
    name: &'a str,
    /// Labels and instructions, without directives.
    lines: Vec<&'a str>,
}

/// The functions of an assembly.
fn functions(assembly: &str) -> Vec<Function<'_>> {
    let mut functions: Vec<Function> = Vec::new();
    for line in assembly.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        match line.strip_suffix(':') {
            Some(name) if name.starts_with("_R") => functions.push(Function { name, lines: Vec::new() }),
            Some(label) if !label.starts_with(".LBB") => {}
            None if line.is_empty() || line.starts_with('.') => {}
            _ => functions.last_mut().into_iter().for_each(|function| function.lines.push(line)),
        }
    }
    functions
}

impl Function<'_> {
    /// The loops that add products and hold no other loop.
    fn inner_loops(&self) -> Vec<&[&str]> {
        let jumps = self.lines.iter().enumerate().filter(|(_, line)| line.starts_with('j'));
        let back = jumps.filter_map(|(end, line)| {
            let start = self.label(line.split_whitespace().last()?)?;
            (start < end).then_some((start, end))
        });
        let loops: Vec<(usize, usize)> = back.filter(|&(start, end)| self.leads(start, end)).collect();
        let holds = |a: (usize, usize), b: (usize, usize)| a != b && a.0 <= b.0 && b.1 <= a.1;
        let inner = loops.iter().filter(|&&outer| !loops.iter().any(|&other| holds(outer, other)));
        let inner = inner.map(|&(start, end)| &self.lines[start..=end]);
        inner.filter(|lines| lines.iter().any(|line| line.starts_with("vfmadd"))).collect()
    }

    /// Whether a way leads from one line to a later one between both: else a jump back is none of a loop, but comes from
    /// elsewhere.
    fn leads(&self, start: usize, end: usize) -> bool {
        let (mut reached, mut next) = (vec![false; end + 1], vec![start]);
        while let Some(number) = next.pop() {
            if number < start || number > end || std::mem::replace(&mut reached[number], true) {
                continue;
            }
            let line = self.lines[number];
            if line.starts_with('j') {
                next.extend(line.split_whitespace().last().and_then(|label| self.label(label)));
            }
            if !line.starts_with("jmp") && !line.starts_with("ret") {
                next.push(number + 1);
            }
        }
        reached[end]
    }

    /// The place of a label.
    fn label(&self, label: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.strip_suffix(':') == Some(label))
    }

    /// The instructions of inner loops that write vectors to the stack or read them there.
    fn spills(&self) -> Vec<&str> {
        // A function that aligns its stack finds it by the other register, which elsewhere is one of many.
        let aligned = self.lines.iter().any(|line| line.starts_with("mov") && line.ends_with("%rsp, %rbp"));
        let on_stack = |line: &str| line.contains("(%rsp") || aligned && line.contains("(%rbp");
        let of_vectors = |line: &str| ["%xmm", "%ymm", "%zmm"].iter().any(|register| line.contains(register));
        let spills = self.inner_loops().into_iter().flat_map(|lines| {
            let found = lines.iter().filter(move |line| of_vectors(line) && on_stack(line));
            found.filter(move |line| !is_mask(line, lines)).copied()
        });
        spills.collect()
    }
}

/// Whether a line loads the mask of a loop. In AVX2 a mask is a vector, one more than there are registers for in the
/// largest tile: there the last columns of a matrix that is not copied load it at every step, beside twelve products.
fn is_mask(line: &str, lines: &[&str]) -> bool {
    let register = match line.rsplit_once(", ") {
        Some((load, register)) if load.starts_with("vmov") && register.starts_with("%ymm") => register,
        _ => return false,
    };
    let masked = |line: &str| line.starts_with("vmaskmov") && line.contains(&format!("), {register}, "));
    lines.iter().any(|line| masked(line))
}

/// The kernels that have tiles, as they stand in names of functions, and the vectors of which their tiles are made.
const KERNELS: [(&str, &[&str]); 8] = [
    ("6matmul7product8Unrolled", &VECTORS),
    ("11convolution6chains8Unrolled", &VECTORS),
    ("11convolution7weights7Columns", &VECTORS),
    ("11convolution7weights5Pairs", &["__m512I"]),
    ("11convolution7columns10OfChannels", &VECTORS),
    ("11convolution7columns6OfRows", &VECTORS),
    ("11convolution9depthwise7Results", &VECTORS),
    ("11convolution17depthwise_weights6Chains", &VECTORS),
];
const VECTORS: [&str; 3] = ["__m512I", "__m256I", "__m256dI"];

/// What is wrong with the tiles of an assembly.
fn faults(assembly: &str) -> Vec<String> {
    let functions = functions(assembly);
    let mut faults = Vec::new();
    let each = KERNELS.iter().flat_map(|(kernel, vectors)| vectors.iter().map(move |vector| (kernel, *vector)));
    for (kernel, vector) in each {
        let is_tile = |function: &&Function| function.name.contains(*kernel) && function.name.contains(vector);
        let tiles: Vec<&Function> = functions.iter().filter(is_tile).collect();
        if tiles.is_empty() {
            faults.push(format!("there is no tile {kernel} of {vector}: has its name changed?"));
        }
        for tile in tiles {
            if tile.inner_loops().is_empty() {
                faults.push(format!("no loop adds products in {}", tile.name));
            }
            faults.extend(tile.spills().into_iter().map(|line| format!("`{line}` in a loop of {}", tile.name)));
        }
    }
    faults
}

/// The kernels are compiled as programs get them, except that names of functions say which types they are for.
#[test]
#[cfg(target_arch = "x86_64")]
fn tiles_stay_in_registers() {
    let target = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("spills");
    // What another compiler has left there would be read too.
    let _ = std::fs::remove_dir_all(&target);
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["rustc", "--quiet", "--release", "--package", "session-kernels", "--lib", "--features", "f64"]);
    cargo.arg("--target-dir").arg(&target);
    cargo.args(["--", "--emit=asm", "-Csymbol-mangling-version=v0", "-Ccodegen-units=16", "-Cdebuginfo=0"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(target.join("release/deps")).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "s"));
    let assembly: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let faults = faults(&assembly);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The spills in a function of this body.
fn spills(body: &str) -> Vec<String> {
    let assembly = format!("_RNvTile:\n{body}\n.Lfunc_end0:\n");
    let functions = functions(&assembly);
    assert_eq!(functions.len(), 1);
    functions[0].spills().into_iter().map(str::to_owned).collect()
}

#[test]
fn sums_in_registers() {
    let body = "
        .cfi_startproc
        subq\t$40, %rsp
        vmovups\t%zmm1, -40(%rsp)
        movq\t8(%rsp), %rax
        .p2align\t4
    .LBB0_1:
        vbroadcastss\t(%rdi), %zmm0
        vfmadd231ps\t(%rsi,%rax), %zmm0, %zmm1   # 64-byte Folded
        movq\t%rdi, 16(%rsp)
        decq\t%rcx
        jne\t.LBB0_1
        vmovups\t-40(%rsp), %zmm1
        vmovups\t%zmm1, (%rbp)
        retq";
    assert_eq!(spills(body), [""; 0]);
}

#[test]
fn a_sum_on_the_stack() {
    let body = "
    .LBB0_1:
        vmovups\t-40(%rsp), %zmm31
        vfmadd231ps\t(%rsi,%rax), %zmm0, %zmm31
        vmovups\t%zmm31, -40(%rsp)              # 64-byte Spill
        decq\t%rcx
        jne\t.LBB0_1";
    assert_eq!(spills(body), ["vmovups\t-40(%rsp), %zmm31", "vmovups\t%zmm31, -40(%rsp)"]);
    // The other register finds the stack in a function that says so.
    let body = body.replace("rsp", "rbp");
    assert_eq!(spills(&body), [""; 0]);
    assert_eq!(spills(&format!("\tmovq\t%rsp, %rbp\n{body}")).len(), 2);
}

#[test]
fn a_factor_on_the_stack() {
    let body = "
    .LBB0_1:
        vfmadd231ps\t448(%rsp,%rcx), %ymm6, %ymm5
        jne\t.LBB0_1";
    assert_eq!(spills(body), ["vfmadd231ps\t448(%rsp,%rcx), %ymm6, %ymm5"]);
}

/// What an outer loop does is done once for all terms of a row; loops that copy are no tiles.
#[test]
fn other_loops() {
    let body = "
    .LBB0_1:
        vmovups\t%ymm7, 32(%rsp)
    .LBB0_2:
        vfmadd231pd\t(%rsi), %ymm6, %ymm5
        je\t.LBB0_4
        addq\t%rax, %rsi
        jmp\t.LBB0_2
    .LBB0_4:
        jne\t.LBB0_1
    .LBB0_5:
        vmovups\t(%rsi), %ymm0
        vmovups\t%ymm0, 64(%rsp)
        jne\t.LBB0_5";
    assert_eq!(spills(body), [""; 0]);
}

/// What lies behind the code that it goes back to.
#[test]
fn a_jump_back_that_is_no_loop() {
    let body = "
        je\t.LBB0_3
    .LBB0_1:
        vmovups\t%ymm7, 32(%rsp)
        vfmadd231ps\t(%rsi), %ymm6, %ymm5
        retq
    .LBB0_3:
        jmp\t.LBB0_1";
    assert_eq!(spills(body), [""; 0]);
    assert_eq!(spills(&body.replace("retq", "nop")).len(), 1);
}

#[test]
fn the_mask_of_a_loop() {
    let body = "
    .LBB0_1:
        vmovups\t-40(%rsp), %ymm0
        vmaskmovps\t(%r14), %ymm0, %ymm13
        vfmadd231ps\t%ymm14, %ymm15, %ymm13
        jne\t.LBB0_1";
    assert_eq!(spills(body), [""; 0]);
    assert_eq!(spills(&body.replace("vmaskmovps", "vmovups")), ["vmovups\t-40(%rsp), %ymm0"]);
}

#[test]
fn tiles_that_are_not_found() {
    assert_eq!(faults("").len(), KERNELS.iter().map(|(_, vectors)| vectors.len()).sum::<usize>());
    let name = KERNELS.map(|(kernel, _)| kernel).concat() + &VECTORS.concat();
    let faults = faults(&format!("_RNv{name}:\n\tretq\n"));
    assert!(faults.iter().all(|fault| fault.starts_with("no loop adds products in ")), "{faults:?}");
}
