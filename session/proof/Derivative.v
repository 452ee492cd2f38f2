(** * Reverse and forward mode, as they are defined

    [backprop] is the recursion over the last node: [semantics::backprop_all]. [tangents] is
    [autodiff::forward], its graph evaluated. *)

From Coq Require Import List Arith Lia.
From SessionProof Require Import Tensor Graph.
Import ListNotations.

Section Derivative.

Variable A : Type.
Variable add : A -> A -> A.

Notation tensor := (tensor A).

(** One optional tensor for each value: what has flowed into it so far, or its tangent. *)
Definition cotangents := list (option tensor).

(** The first contribution is stored, a later one is added on the right. *)
Definition receive (sum : option tensor) (contribution : tensor) : option tensor :=
  Some (match sum with
        | None => contribution
        | Some sum => plus add sum contribution
        end).

(** The value at position [i] receives a contribution. *)
Fixpoint accumulate (d : cotangents) (i : nat) (contribution : tensor) : cotangents :=
  match d, i with
  | [], _ => []
  | sum :: d, 0 => receive sum contribution :: d
  | sum :: d, S i => sum :: accumulate d i contribution
  end.

(** The operands [is] receive the contributions [cs], in order; those that are [None] do nothing. *)
Fixpoint scatter (d : cotangents) (is : list nat) (cs : list (option tensor)) : cotangents :=
  match is, cs with
  | i :: is, Some c :: cs => scatter (accumulate d i c) is cs
  | _ :: is, None :: cs => scatter d is cs
  | _, _ => d
  end.

(** What a node contributes to its operands. *)
Definition pull_back (n : node A) (c : context A) (dy : tensor) : list (option tensor) :=
  vjp n (operand_values n c) (value n c) dy.

(** The cotangent of every value of a graph with leaves [x], given an optional seed [d] for each.

    The cotangent of the last node is complete: nothing comes after it. If it is not [None], the node's
    operands receive what its rule gives; if it is, the rule does not run. The rest is a graph with one node
    less. So a seed is the first contribution, then consumers follow from last to first, operands in
    order. *)
Fixpoint backprop (g : graph A) (x : context A) (d : cotangents) : cotangents :=
  match g with
  | Empty => d
  | Snoc g n =>
      let own := last d None in
      let below := removelast d in
      backprop g x
        (match own with
         | None => below
         | Some dy => scatter below (operands n) (pull_back n (eval g x) dy)
         end) ++ [own]
  end.

(** The tangent of a node: its rule, which runs only if an operand has a tangent. *)
Definition push_forward (n : node A) (c : context A) (t : cotangents) : option tensor :=
  let ts := map (fun i => nth i t None) (operands n) in
  if existsb is_some ts then jvp n (operand_values n c) (value n c) ts else None.

(** The tangent of every value, given an optional tangent for each leaf. *)
Fixpoint tangents (g : graph A) (x : context A) (dx : cotangents) : cotangents :=
  match g with
  | Empty => dx
  | Snoc g n => let t := tangents g x dx in t ++ [push_forward n (eval g x) t]
  end.

(** ** Lengths and shapes *)

Lemma accumulate_length d i c : length (accumulate d i c) = length d.
Proof. revert i. induction d; intros [|i]; simpl; auto. Qed.

Lemma scatter_length is : forall cs d, length (scatter d is cs) = length d.
Proof.
  induction is as [|i is IH]; intros [|[c|] cs] d; simpl; auto.
  rewrite IH. apply accumulate_length.
Qed.

Lemma tangents_length g x dx : length (tangents g x dx) = length dx + count g.
Proof. induction g; simpl; [lia|]. rewrite app_length. simpl. lia. Qed.

(** A list with one entry more than [k] is its front and its last entry. *)
Lemma split_last {T} (d : list T) k : length d = S k -> exists front own, d = front ++ [own] /\ length front = k.
Proof.
  intros H. destruct (exists_last (l := d)) as [front [own ->]]; [destruct d; discriminate|].
  exists front, own. split; auto. rewrite app_length in H. simpl in H. lia.
Qed.

Lemma backprop_length g x : forall d k, length d = k + count g -> length (backprop g x d) = k + count g.
Proof.
  induction g as [|g IH n]; simpl; intros d k Hd; auto.
  destruct (split_last d (k + count g)) as [front [own [-> Hfront]]]; [lia|].
  rewrite last_last, removelast_last, app_length.
  destruct own; rewrite (IH _ k); simpl; try lia. rewrite scatter_length. lia.
Qed.

Lemma accumulate_fits ss d i c :
  Forall2 fits_if_any ss d -> i < length ss -> fits (nth i ss []) c -> Forall2 fits_if_any ss (accumulate d i c).
Proof.
  intros Hd. revert i. induction Hd as [|s sum ss d Hs Hd IH]; intros [|i]; simpl; intros Hi Hc; try lia.
  - constructor; auto. destruct sum; simpl; auto. apply plus_fits; auto.
  - constructor; auto. apply IH; auto. lia.
Qed.

Lemma scatter_fits ss is : forall cs d,
  Forall (fun i => i < length ss) is -> Forall2 fits_if_any (map (fun i => nth i ss []) is) cs ->
  Forall2 fits_if_any ss d -> Forall2 fits_if_any ss (scatter d is cs).
Proof.
  induction is as [|i is IH]; simpl; intros cs d Hi Hc Hd; inversion Hc as [|s c' ? cs' Hs Hcs]; subst; auto.
  inversion Hi; subst. destruct c' as [c|]; auto. apply IH; auto. apply accumulate_fits; auto.
Qed.

(** Every cotangent has the shape of its value. *)
Theorem backprop_typed ss g x : typed ss g -> Forall2 fits ss x ->
  forall d, Forall2 fits_if_any (shapes ss g) d -> Forall2 fits_if_any (shapes ss g) (backprop g x d).
Proof.
  induction g as [|g IH n]; simpl; auto. intros [Hg Hn] Hx d Hd.
  apply Forall2_app_inv_l in Hd. destruct Hd as [front [back [Hfront [Hback ->]]]].
  inversion Hback as [|s own ? rest Hown Hrest]; subst. inversion Hrest; subst.
  rewrite last_last, removelast_last. apply Forall2_app; [|constructor; auto].
  apply IH; auto. destruct own as [dy|]; auto.
  pose proof (typed_operands _ _ _ Hn) as Ho.
  apply scatter_fits; auto. apply (typed_vjp _ _ _ Hn); auto.
  apply Forall2_pick; auto. apply eval_typed; auto.
Qed.

(** Every tangent has the shape of its value. *)
Theorem tangents_typed ss g x dx : typed ss g -> Forall2 fits ss x -> Forall2 fits_if_any ss dx ->
  Forall2 fits_if_any (shapes ss g) (tangents g x dx).
Proof.
  induction g as [|g IH n]; simpl; auto. intros [Hg Hn] Hx Hdx. apply Forall2_app; auto.
  constructor; [|constructor]. unfold push_forward. destruct (existsb _ _); simpl; auto.
  pose proof (typed_operands _ _ _ Hn) as Ho.
  apply (typed_jvp _ _ _ Hn); apply Forall2_pick; auto. apply eval_typed; auto.
Qed.

End Derivative.

Arguments receive {A}.
Arguments accumulate {A}.
Arguments scatter {A}.
Arguments pull_back {A}.
Arguments backprop {A}.
Arguments push_forward {A}.
Arguments tangents {A}.
