(** * An example: what the theorems assume can be met

    [x * x + x], elementwise over whole numbers, for tensors of any shape. *)

From Coq Require Import List Arith Lia ZArith.
From SessionProof Require Import Tensor Graph Derivative Tape Link Adjoint.
Import ListNotations.

Definition times : tensor Z -> tensor Z -> tensor Z := plus Z.mul.

(** The sum of the tensors that are there. *)
Definition sum_if_any (a b : option (tensor Z)) : option (tensor Z) :=
  match a, b with
  | Some a, Some b => Some (plus Z.add a b)
  | Some a, None => Some a
  | None, b => b
  end.

Definition product (s : shape) (a b : nat) : node Z := {|
  output := s;
  operands := [a; b];
  fwd xs := times (nth 0 xs []) (nth 1 xs []);
  vjp xs y dy := [Some (times dy (nth 1 xs [])); Some (times dy (nth 0 xs []))];
  jvp xs y ts := sum_if_any
    (option_map (fun t => times t (nth 1 xs [])) (nth 0 ts None))
    (option_map (fun t => times t (nth 0 xs [])) (nth 1 ts None))
|}.

Definition sum (s : shape) (a b : nat) : node Z := {|
  output := s;
  operands := [a; b];
  fwd xs := plus Z.add (nth 0 xs []) (nth 1 xs []);
  vjp xs y dy := [Some dy; Some dy];
  jvp xs y ts := sum_if_any (nth 0 ts None) (nth 1 ts None)
|}.

Definition example (s : shape) : graph Z := Snoc (Snoc Empty (product s 0 0)) (sum s 1 0).

Example cotangents_at_3 :
  backward Z.add [[3%Z]] (nodes (example [])) [None; None; Some [1%Z]] = [Some [7%Z]; Some [1%Z]; Some [1%Z]].
Proof. reflexivity. Qed.

Example unreached : backward Z.add [[3%Z]] (nodes (example [])) [Some [5%Z]; None; None] = [Some [5%Z]; None; None].
Proof. reflexivity. Qed.

Lemma sum_if_any_fits s a b : fits_if_any s a -> fits_if_any s b -> fits_if_any s (sum_if_any a b).
Proof. destruct a, b; simpl; auto. apply plus_fits. Qed.

Lemma map_fits s a t : fits s a -> fits_if_any s t -> fits_if_any s (option_map (fun t => times t a) t).
Proof. destruct t; simpl; auto. intros Ha Ht. apply plus_fits; auto. Qed.

(** Two operands of one shape, and what fits them. *)
Ltac two H :=
  let rest := fresh in
  inversion H as [|? ? ? ? ? rest]; subst; clear H;
  let none := fresh in
  inversion rest as [|? ? ? ? ? none]; subst; clear rest; inversion none; subst; clear none.

Lemma product_typed (ss : list shape) s a b : a < length ss -> b < length ss -> nth a ss [] = s -> nth b ss [] = s ->
  node_typed ss (product s a b).
Proof.
  intros Ha Hb Has Hbs. split; unfold operand_shapes; simpl; rewrite ?Has, ?Hbs.
  - repeat constructor; auto.
  - intros xs H. two H. apply plus_fits; auto.
  - intros xs dy H Hdy. two H. repeat constructor; apply plus_fits; auto.
  - intros xs ts H Ht. two H. two Ht. apply sum_if_any_fits; apply map_fits; auto.
Qed.

Lemma sum_typed (ss : list shape) s a b : a < length ss -> b < length ss -> nth a ss [] = s -> nth b ss [] = s ->
  node_typed ss (sum s a b).
Proof.
  intros Ha Hb Has Hbs. split; unfold operand_shapes; simpl; rewrite ?Has, ?Hbs.
  - repeat constructor; auto.
  - intros xs H. two H. apply plus_fits; auto.
  - intros xs dy H Hdy. two H. repeat constructor; auto.
  - intros xs ts H Ht. two H. two Ht. apply sum_if_any_fits; auto.
Qed.

Notation dot := (dot Z 0%Z Z.add Z.mul).
Notation inner := (inner Z 0%Z Z.add Z.mul).
Notation node_adjoint := (node_adjoint Z 0%Z Z.add Z.mul).
Notation total := (total Z 0%Z Z.add Z.mul).

Lemma dot_times a : forall b c, dot (times a b) c = dot a (times c b).
Proof.
  unfold times. induction a as [|x a IH]; intros [|y b] [|z c]; simpl; auto. rewrite IH. ring.
Qed.

Lemma dot_sum a : forall b c, length b = length c -> dot a (plus Z.add b c) = (dot a b + dot a c)%Z.
Proof.
  induction a as [|x a IH]; intros [|y b] [|z c]; simpl; intros H; try discriminate; auto.
  rewrite IH by lia. ring.
Qed.

Lemma inner_sum s d a b : fits_if_any s a -> fits_if_any s b ->
  inner (Some d) (sum_if_any a b) = (inner (Some d) a + inner (Some d) b)%Z.
Proof.
  destruct a, b; simpl; unfold fits; intros; try ring. apply dot_sum. congruence.
Qed.

Lemma inner_times d a t : inner (Some (times d a)) t = inner (Some d) (option_map (fun t => times t a) t).
Proof. destruct t; simpl; auto. apply dot_times. Qed.

Lemma product_adjoint (ss : list shape) s a b : nth a ss [] = s -> nth b ss [] = s -> node_adjoint ss (product s a b).
Proof.
  intros Has Hbs xs dy ts. unfold operand_shapes. cbn [operands output fwd vjp jvp product sum map].
  rewrite Has, Hbs. clear Has Hbs.
  intros H Hdy Ht _.
  two H. two Ht. cbn [Adjoint.total nth].
  rewrite (inner_sum s), !inner_times by (apply map_fits; auto). ring.
Qed.

Lemma sum_adjoint (ss : list shape) s a b : nth a ss [] = s -> nth b ss [] = s -> node_adjoint ss (sum s a b).
Proof.
  intros Has Hbs xs dy ts. unfold operand_shapes. cbn [operands output fwd vjp jvp product sum map].
  rewrite Has, Hbs. clear Has Hbs.
  intros H Hdy Ht _.
  two Ht. cbn [Adjoint.total nth]. rewrite (inner_sum s) by auto. ring.
Qed.

(** The theorem for this graph: its assumptions are met. *)
Corollary example_adjoint s x dx d : fits s x -> fits_if_any s dx -> Forall2 fits_if_any [s; s; s] d ->
  total d (tangents (example s) [x] [dx]) = total (firstn 1 (backprop Z.add (example s) [x] d)) [dx].
Proof.
  intros Hx Hdx Hd. eapply (adjoint Z 0%Z 1%Z Z.add Z.mul Z.sub Z.opp InitialRing.Zth [s]); auto.
  - repeat split; try (apply product_typed || apply sum_typed); simpl; auto.
  - repeat split; try (apply product_adjoint || apply sum_adjoint); simpl; auto.
Qed.
