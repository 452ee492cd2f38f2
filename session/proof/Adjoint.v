(** * Reverse mode is the adjoint of forward mode

    If the reverse rule of every node is the adjoint of its forward rule, then reverse mode on the whole graph
    is the adjoint of forward mode on the whole graph. Here, unlike in [Link], the scalars are a commutative
    ring: exact numbers. *)

From Coq Require Import List Arith Lia Ring.
From SessionProof Require Import Tensor Graph Derivative.
Import ListNotations.

Section Adjoint.

Variable A : Type.
Variables (zero one : A) (add mul sub : A -> A -> A) (opp : A -> A).
Hypothesis scalars : ring_theory zero one add mul sub opp (@eq A).
Add Ring scalars : scalars.

Notation tensor := (tensor A).

(** The inner product of two tensors. *)
Fixpoint dot (a b : tensor) : A :=
  match a, b with
  | x :: a, y :: b => add (mul x y) (dot a b)
  | _, _ => zero
  end.

(** The same where a tensor may be missing: a structural zero is a zero. *)
Definition inner (a b : option tensor) : A :=
  match a, b with
  | Some a, Some b => dot a b
  | _, _ => zero
  end.

(** The sum of the inner products over a context. *)
Fixpoint total (a b : list (option tensor)) : A :=
  match a, b with
  | x :: a, y :: b => add (inner x y) (total a b)
  | _, _ => zero
  end.

(** In a context of these shapes, the reverse rule of a node is the adjoint of its forward rule: for all operands
    [xs], cotangents [dy] and tangents [ts] of the right shapes. Tangents that are all missing need not be
    considered: forward mode does not run the rule for these. *)
Definition node_adjoint (ss : list shape) (n : node A) : Prop :=
  forall xs dy ts,
    Forall2 fits (operand_shapes n ss) xs -> fits (output n) dy -> Forall2 fits_if_any (operand_shapes n ss) ts ->
    existsb is_some ts = true ->
    total (vjp n xs (fwd n xs) dy) ts = inner (Some dy) (jvp n xs (fwd n xs) ts).

Fixpoint adjoint_rules (ss : list shape) (g : graph A) : Prop :=
  match g with
  | Empty => True
  | Snoc g n => adjoint_rules ss g /\ node_adjoint (shapes ss g) n
  end.

(** ** Sums of inner products *)

Lemma dot_plus a b c : length a = length b -> dot (plus add a b) c = add (dot a c) (dot b c).
Proof.
  revert b c. induction a as [|x a IH]; intros [|y b] [|z c]; simpl; intros H; try lia; try ring.
  rewrite IH by lia. ring.
Qed.

Lemma inner_receive s sum c t :
  fits_if_any s sum -> fits s c -> inner (receive add sum c) t = add (inner sum t) (inner (Some c) t).
Proof.
  intros Hsum Hc. destruct sum as [sum|], t as [t|]; simpl; try ring.
  apply dot_plus. unfold fits in Hc. simpl in Hsum. unfold fits in Hsum. congruence.
Qed.

Lemma total_app a b c d : length a = length b -> total (a ++ c) (b ++ d) = add (total a b) (total c d).
Proof.
  revert b. induction a as [|x a IH]; intros [|y b]; simpl; intros H; try lia; [ring|].
  rewrite IH by lia. ring.
Qed.

(** A context without tangents: nothing is contributed. *)
Lemma total_none a ts : existsb is_some ts = false -> total a ts = zero.
Proof.
  revert a. induction ts as [|[t|] ts IH]; intros [|x a]; simpl; intros H; try discriminate; auto.
  rewrite IH by auto. destruct x; simpl; ring.
Qed.

Lemma total_accumulate ss d i c t :
  Forall2 fits_if_any ss d -> i < length ss -> fits (nth i ss []) c -> length t = length d ->
  total (accumulate add d i c) t = add (total d t) (inner (Some c) (nth i t None)).
Proof.
  intros Hd. revert i t.
  induction Hd as [|s sum ss d Hs Hd IH]; intros [|i] [|y t]; simpl length; intros Hi Hc Ht; try lia.
  - cbn [accumulate total nth]. rewrite (inner_receive s) by auto. ring.
  - cbn [accumulate total nth]. rewrite IH by (auto; lia). ring.
Qed.

(** Scattering contributions adds their inner products with the tangents they meet. *)
Lemma total_scatter ss is : forall cs d t,
  Forall (fun i => i < length ss) is -> Forall2 fits_if_any (map (fun i => nth i ss []) is) cs ->
  Forall2 fits_if_any ss d -> length t = length d ->
  total (scatter add d is cs) t = add (total d t) (total cs (map (fun i => nth i t None) is)).
Proof.
  induction is as [|i is IH]; simpl; intros cs d t Hi Hc Hd Ht;
    inversion Hc as [|s c' ? cs' Hs Hcs]; subst; simpl; [ring|].
  inversion Hi; subst. destruct c' as [c|].
  - rewrite IH; auto.
    + rewrite (total_accumulate ss); auto. ring.
    + apply accumulate_fits; auto.
    + rewrite accumulate_length. auto.
  - rewrite IH by auto. simpl. ring.
Qed.

(** ** The theorem *)

(** One node: what its rule contributes meets the tangents of the operands as its cotangent meets its own
    tangent. *)
Lemma node_total ss n c t dy :
  node_typed ss n -> node_adjoint ss n -> Forall2 fits ss c -> Forall2 fits_if_any ss t -> fits (output n) dy ->
  total (pull_back n c dy) (map (fun i => nth i t None) (operands n)) = inner (Some dy) (push_forward n c t).
Proof.
  intros Hn Ha Hc Ht Hdy. pose proof (typed_operands _ _ _ Hn) as Ho. unfold push_forward.
  destruct (existsb is_some _) eqn:Hsome.
  - apply Ha; auto; apply Forall2_pick; auto.
  - rewrite total_none by exact Hsome. reflexivity.
Qed.

(** For all seeds [d] (at any values, inner ones too) and all tangents [dx] of leaves: the sum over all values of
    the products of seed and tangent is the sum over the leaves of the products of cotangent and tangent. *)
Theorem adjoint ss g x dx d :
  typed ss g -> adjoint_rules ss g ->
  Forall2 fits ss x -> Forall2 fits_if_any ss dx -> Forall2 fits_if_any (shapes ss g) d ->
  total d (tangents g x dx) = total (firstn (length ss) (backprop add g x d)) dx.
Proof.
  intros Hg Ha Hx Hdx. revert Hg Ha d.
  induction g as [|g IH n]; simpl; intros Hg Ha d Hd.
  - rewrite (same_length _ _ _ Hd), firstn_all. reflexivity.
  - destruct Hg as [Hg Hn], Ha as [Ha Hadj].
    apply Forall2_app_inv_l in Hd. destruct Hd as [front [back [Hfront [Hback ->]]]].
    inversion Hback as [|s own ? rest Hown Hrest]; subst. inversion Hrest; subst.
    rewrite last_last, removelast_last.
    pose proof (same_length _ _ _ Hfront) as Lfront. pose proof (shapes_length _ ss g) as Lshapes.
    pose proof (same_length _ _ _ Hdx) as Ldx.
    assert (Lt : length (tangents g x dx) = length front) by (rewrite tangents_length; lia).
    rewrite total_app by auto.
    pose proof (typed_operands _ _ _ Hn) as Ho.
    assert (Hc : Forall2 fits (shapes ss g) (eval g x)) by (apply eval_typed; auto).
    assert (Ht : Forall2 fits_if_any (shapes ss g) (tangents g x dx)) by (apply tangents_typed; auto).
    rewrite firstn_app.
    destruct own as [dy|].
    + set (d' := scatter add front (operands n) (pull_back n (eval g x) dy)).
      assert (Hpull : Forall2 fits_if_any (operand_shapes n (shapes ss g)) (pull_back n (eval g x) dy)).
      { apply (typed_vjp _ _ _ Hn); auto. apply Forall2_pick; auto. }
      assert (Hd' : Forall2 fits_if_any (shapes ss g) d') by (apply scatter_fits; auto).
      rewrite (backprop_length _ _ g x d' (length ss)) by (rewrite <- (same_length _ _ _ Hd'); lia).
      replace (length ss - _) with 0 by lia. simpl. rewrite app_nil_r.
      rewrite <- IH by auto. unfold d'.
      rewrite (total_scatter (shapes ss g)) by auto.
      rewrite (node_total (shapes ss g)) by auto. simpl. ring.
    + rewrite (backprop_length _ _ g x front (length ss)) by lia.
      replace (length ss - _) with 0 by lia. simpl. rewrite app_nil_r.
      rewrite <- IH by auto. simpl. ring.
Qed.

End Adjoint.
