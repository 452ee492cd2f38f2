(** * Graphs, their values and their types

    A value is named by its position in the context: the leaves first, then the nodes, in order of creation
    ([ir::Id]). A graph grows at its end, so that "the last node" is its outermost constructor. *)

From Coq Require Import List Arith Lia.
From SessionProof Require Import Tensor.
Import ListNotations.

Section Graph.

Variable A : Type.

Notation tensor := (tensor A).

(** The values of the leaves and of the nodes so far. *)
Definition context := list tensor.

(** One operation applied to earlier values: [ir::Node] with the rules of its [Op]. The natural-number
    inputs (indices, labels) are fixed during a run, so the functions of a node may depend on them. *)
Record node := Node {
  (** The shape of its value. *)
  output : shape;
  (** The positions of the values it is applied to; one may occur more than once. *)
  operands : list nat;
  (** From the operands to the value: [Op::eval]. *)
  fwd : list tensor -> tensor;
  (** From the operands, the value and its cotangent to what flows into each operand: [Op::vjp],
      evaluated. [None] is a structural zero. *)
  vjp : list tensor -> tensor -> tensor -> list (option tensor);
  (** From the operands, the value and the tangents of the operands to that of the value: [Op::jvp],
      evaluated. *)
  jvp : list tensor -> tensor -> list (option tensor) -> option tensor
}.

Inductive graph :=
  | Empty
  | Snoc (g : graph) (n : node).

(** The number of nodes. *)
Fixpoint count (g : graph) : nat :=
  match g with
  | Empty => 0
  | Snoc g _ => S (count g)
  end.

(** The nodes in order of creation: [Graph::nodes]. *)
Fixpoint nodes (g : graph) : list node :=
  match g with
  | Empty => []
  | Snoc g n => nodes g ++ [n]
  end.

Definition operand_values (n : node) (c : context) : list tensor := map (fun i => nth i c []) (operands n).

Definition value (n : node) (c : context) : tensor := fwd n (operand_values n c).

(** The value of every leaf and node, given the leaves: the meaning of [semantics::eval]. *)
Fixpoint eval (g : graph) (x : context) : context :=
  match g with
  | Empty => x
  | Snoc g n => let c := eval g x in c ++ [value n c]
  end.

(** Every node comes after its operands; there are [k] leaves. [Graph::push] refuses anything else. *)
Fixpoint ordered (k : nat) (g : graph) : Prop :=
  match g with
  | Empty => True
  | Snoc g n => ordered k g /\ Forall (fun i => i < k + count g) (operands n)
  end.

(** ** Types *)

(** The shapes of all values, given those of the leaves. *)
Fixpoint shapes (ss : list shape) (g : graph) : list shape :=
  match g with
  | Empty => ss
  | Snoc g n => shapes ss g ++ [output n]
  end.

Definition operand_shapes (n : node) (ss : list shape) : list shape := map (fun i => nth i ss []) (operands n).

(** The rules of a node keep to the shapes, in a context of these shapes: the value has the shape of the node,
    there is one contribution for each operand and it has the operand's shape, the tangent has the shape of
    the node. *)
Record node_typed (ss : list shape) (n : node) : Prop := {
  typed_operands : Forall (fun i => i < length ss) (operands n);
  typed_fwd : forall xs, Forall2 fits (operand_shapes n ss) xs -> fits (output n) (fwd n xs);
  typed_vjp : forall xs dy,
    Forall2 fits (operand_shapes n ss) xs -> fits (output n) dy ->
    Forall2 fits_if_any (operand_shapes n ss) (vjp n xs (fwd n xs) dy);
  typed_jvp : forall xs ts,
    Forall2 fits (operand_shapes n ss) xs -> Forall2 fits_if_any (operand_shapes n ss) ts ->
    fits_if_any (output n) (jvp n xs (fwd n xs) ts)
}.

Fixpoint typed (ss : list shape) (g : graph) : Prop :=
  match g with
  | Empty => True
  | Snoc g n => typed ss g /\ node_typed (shapes ss g) n
  end.

(** ** What follows at once *)

Lemma shapes_length ss g : length (shapes ss g) = length ss + count g.
Proof. induction g; simpl; [lia|]. rewrite app_length. simpl. lia. Qed.

Lemma eval_length g x : length (eval g x) = length x + count g.
Proof. induction g; simpl; [lia|]. rewrite app_length. simpl. lia. Qed.

Lemma nodes_length g : length (nodes g) = count g.
Proof. induction g; simpl; [reflexivity|]. rewrite app_length. simpl. lia. Qed.

Lemma typed_ordered ss g : typed ss g -> ordered (length ss) g.
Proof.
  induction g as [|g IH n]; simpl; auto. intros [Hg Hn]. split; auto.
  eapply Forall_impl; [|apply (typed_operands _ _ Hn)]. intros i. rewrite shapes_length. auto.
Qed.

Lemma same_length {S T} (P : S -> T -> Prop) ss ts : Forall2 P ss ts -> length ss = length ts.
Proof. induction 1; simpl; congruence. Qed.

Lemma Forall2_nth {S T} (P : S -> T -> Prop) ss ts (s0 : S) (t0 : T) i :
  Forall2 P ss ts -> i < length ss -> P (nth i ss s0) (nth i ts t0).
Proof.
  intros H. revert i. induction H as [|s t ss ts Hst _ IH]; intros [|i]; simpl; intros Hi; try lia; auto.
  apply IH. lia.
Qed.

(** Taking the same positions of two related lists gives related lists. *)
Lemma Forall2_pick {S T} (P : S -> T -> Prop) ss ts (s0 : S) (t0 : T) is :
  Forall2 P ss ts -> Forall (fun i => i < length ss) is ->
  Forall2 P (map (fun i => nth i ss s0) is) (map (fun i => nth i ts t0) is).
Proof. intros H. induction 1; simpl; constructor; auto. apply Forall2_nth; auto. Qed.

(** What holds of a node in a context holds in a longer one. *)
Lemma operand_shapes_app n ss more : Forall (fun i => i < length ss) (operands n) ->
  operand_shapes n (ss ++ more) = operand_shapes n ss.
Proof.
  intros H. apply map_ext_in. intros i Hi. rewrite Forall_forall in H. apply app_nth1. auto.
Qed.

Lemma node_typed_app n ss more : node_typed ss n -> node_typed (ss ++ more) n.
Proof.
  intros Hn. pose proof (typed_operands _ _ Hn) as Ho.
  split; rewrite ?operand_shapes_app by auto; try apply Hn.
  eapply Forall_impl; [|exact Ho]. intros i. rewrite app_length. lia.
Qed.

(** Values have the shapes that the graph says. *)
Theorem eval_typed ss g x : typed ss g -> Forall2 fits ss x -> Forall2 fits (shapes ss g) (eval g x).
Proof.
  induction g as [|g IH n]; simpl; auto. intros [Hg Hn] Hx. apply Forall2_app; auto.
  constructor; [|constructor]. apply (typed_fwd _ _ Hn). apply Forall2_pick; auto. apply (typed_operands _ _ Hn).
Qed.

End Graph.

Arguments Node {A}.
Arguments output {A}.
Arguments operands {A}.
Arguments fwd {A}.
Arguments vjp {A}.
Arguments jvp {A}.
Arguments Empty {A}.
Arguments Snoc {A}.
Arguments count {A}.
Arguments nodes {A}.
Arguments operand_values {A}.
Arguments operand_shapes {A}.
Arguments value {A}.
Arguments eval {A}.
Arguments ordered {A}.
Arguments shapes {A}.
Arguments typed {A}.
Arguments node_typed {A}.
