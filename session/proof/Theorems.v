(** * What is proved, and from what

    [check.sh] demands that each of these says "Closed under the global context": no axiom, nothing admitted. *)

From SessionProof Require Import Tensor Graph Derivative Tape Link Reverse Schedule Reached Skipping Adjoint Example.

Print Assumptions forward_link.
Print Assumptions link.
Print Assumptions reverse_link.
Print Assumptions schedule_sound.
Print Assumptions tape_link.
Print Assumptions eval_typed.
Print Assumptions backprop_typed.
Print Assumptions tangents_typed.
Print Assumptions reached_is_structural.
Print Assumptions reached_for_all_numbers.
Print Assumptions reached_iff_path.
Print Assumptions skipping.
Print Assumptions adjoint.
Print Assumptions example_adjoint.
