"""Checks that the compile error in README.md is what cargo check says, word for word.

Not counting the spaces at the left: there are as many as the longest line number of the whole message needs, and the
last one is that of a line of the library.
"""

import re
import subprocess
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
readme = (root / "README.md").read_text()
program = re.search(r"```rust,compile_fail.*?\n(.*?)```", readme, re.S).group(1)
error = re.search(r"```text\n(error.*?)```", readme, re.S).group(1)

with tempfile.TemporaryDirectory() as folder:
    package = Path(folder)
    (package / "src").mkdir()
    (package / "src/main.rs").write_text(program)
    (package / "Cargo.toml").write_text(
        f'[package]\nname = "readme"\nedition = "2024"\n[dependencies]\nsession = {{ path = "{root}/session" }}\n'
    )
    # The same crates and the same compiler as in the workspace.
    for name in ["Cargo.lock", "rust-toolchain.toml"]:
        (package / name).write_text((root / name).read_text())
    command = ["cargo", "check", "--quiet", "--color=never", "--target-dir", str(root / "target/readme")]
    said = subprocess.run(command, cwd=package, capture_output=True, text=True).stderr



def lines(text):
    return "\n".join(re.sub(r"^ +(\d+ )?", "", line) for line in text.splitlines())


if lines(error) not in lines(said):
    raise SystemExit(f"README.md shows\n\n{error}\nbut cargo check says\n\n{said}")
