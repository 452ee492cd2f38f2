(** * The tape

    What runs: one pass over the list of nodes that computes the values and captures, for each node, its rule
    with the values the rule needs; then one loop over the ids, downwards, on one dense array of optional
    cotangents. This is the loop of [autodiff::reverse], whose graph [Tape::backward_dense_from] compiles
    and runs.

    Nothing here looks at a graph: a list of nodes, a list of entries, positions. *)

From Coq Require Import List.
From SessionProof Require Import Tensor Graph Derivative.
Import ListNotations.

Section Tape.

Variable A : Type.
Variable add : A -> A -> A.

Notation tensor := (tensor A).

(** What is kept of a node for the way back. *)
Record entry := Entry {
  parents : list nat;
  pull : tensor -> list (option tensor)
}.

(** The values of all nodes, appended to those of the leaves, and the tape. *)
Fixpoint record (values : context A) (ns : list (node A)) : context A * list entry :=
  match ns with
  | [] => (values, [])
  | n :: ns =>
      let xs := operand_values n values in
      let y := fwd n xs in
      let (all, tape) := record (values ++ [y]) ns in
      (all, Entry (operands n) (vjp n xs y) :: tape)
  end.

(** The last [k] ids of [base + k], downwards; entry [i] of the tape is that of the value [base + i]. An entry
    without a cotangent is passed over. *)
Fixpoint loop (base k : nat) (tape : list entry) (d : cotangents A) : cotangents A :=
  match k with
  | 0 => d
  | S k =>
      loop base k tape
        (match nth (base + k) d None, nth_error tape k with
         | Some dy, Some e => scatter add d (parents e) (pull e dy)
         | _, _ => d
         end)
  end.

(** The cotangent of every value, given an optional seed for each: [Tape::backward_dense_from]. *)
Definition backward (x : context A) (ns : list (node A)) (seeds : cotangents A) : cotangents A :=
  let tape := snd (record x ns) in
  loop (length x) (length tape) tape seeds.

End Tape.

Arguments Entry {A}.
Arguments parents {A}.
Arguments pull {A}.
Arguments record {A}.
Arguments loop {A}.
Arguments backward {A}.
