#!/usr/bin/env bash
# Proves the theorems of *.v with Coq, demands that they rest on no axiom, and compares the extracted model with the
# Rust tape on random graphs; then plants faults and demands that each is found. README.md says what all this shows.
#
# Needs coqc and ocamlopt (Debian: coq, ocaml-nox) and cargo. Everything is written under target/proof.
set -euo pipefail
cd "$(dirname "$0")/../.."

graphs=400
sources="$PWD/session/proof"
work="${CARGO_TARGET_DIR:-$PWD/target}/proof"
rm -rf "$work"
mkdir -p "$work"
cp "$sources"/*.v "$sources"/*.ml "$sources"/_CoqProject "$work"

say() { printf '%s\n' "$*"; }
fail() { say "proof: $*" >&2; exit 1; }

# Compiles a file of the work folder.
coq() { (cd "$work" && coqc -q -Q . SessionProof "$1"); }

# Whether a file that asks for the assumptions of theorems gives an answer for each, and always: none.
closed() {
    local asked answers
    asked="$(grep -c '^Print Assumptions ' "$work/$1")"
    answers="$(coq "$1")"
    [ "$asked" -gt 0 ] && [ "$answers" = "$(yes 'Closed under the global context' | head -n "$asked")" ]
}

# _CoqProject lists the files in an order in which they compile.
for file in $(grep '\.v$' "$sources/_CoqProject"); do
    [ "$file" = Theorems.v ] || coq "$file"
done
closed Theorems.v || fail "a theorem rests on an axiom, or on something admitted"
say "the theorems are proved, without axioms"

(cd "$work" && ocamlopt -o compare model.mli model.ml compare.ml)
cargo build --quiet -p session-tests --example proof_cases
cargo run --quiet -p session-tests --example proof_cases -- "$graphs" > "$work/cases.txt"
"$work/compare" "$work/cases.txt"

# The checks themselves: what is wrong has to be found.
cat > "$work/Admitted.v" << 'END'
Theorem everything : forall P : Prop, P.
Admitted.
Print Assumptions everything.
END
if closed Admitted.v; then fail "a theorem that is not proved passes for one"; fi
while read -r fault; do
    status=0
    "$work/compare" "$work/cases.txt" "$fault" > /dev/null 2>&1 || status=$?
    [ "$status" -eq 1 ] || fail "the comparison does not find this fault: $fault (exit status $status)"
done < <("$work/compare" --faults)
say "$("$work/compare" --faults | wc -l) planted faults and a missing proof are found"
