(** * Tensors

    A tensor is the list of its elements in row-major order; its shape is known beside it, as the shape of
    a value is known to the graph in Rust ([ir::Graph::shape]). A cotangent or a tangent may be missing:
    [None] is a structural zero, the [Option] of [semantics::backprop_all] and [autodiff].

    Nothing is assumed about the scalars [A] here: no law holds for [add]. *)

From Coq Require Import List Arith.
Import ListNotations.

Definition shape := list nat.

(** The number of elements: [DynShape::elements]. *)
Definition size (s : shape) : nat := fold_right Nat.mul 1 s.

Definition tensor (A : Type) := list A.

(** A tensor of this shape. *)
Definition fits {A} (s : shape) (t : tensor A) : Prop := length t = size s.

(** A tensor of this shape, if it is there at all. *)
Definition fits_if_any {A} (s : shape) (t : option (tensor A)) : Prop :=
  match t with
  | None => True
  | Some t => fits s t
  end.

Definition is_some {T} (x : option T) : bool :=
  match x with
  | None => false
  | Some _ => true
  end.

(** The sum of two tensors, element by element: [Array::plus]. *)
Fixpoint plus {A} (add : A -> A -> A) (a b : tensor A) : tensor A :=
  match a, b with
  | x :: a, y :: b => add x y :: plus add a b
  | _, _ => []
  end.

Lemma plus_fits {A} (add : A -> A -> A) s : forall a b, fits s a -> fits s b -> fits s (plus add a b).
Proof.
  unfold fits. intros a b <-. revert b.
  induction a as [|x a IH]; intros [|y b]; simpl; try discriminate; auto.
Qed.
