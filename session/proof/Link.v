(** * The tape computes what the definition says

    For every graph whose nodes come after their operands, every type of scalars and every [add] of it, with
    no law assumed: so also for floating-point numbers with rounding, and for the symbolic terms with
    which the Rust tape is checked. *)

From Coq Require Import List Arith Lia.
From SessionProof Require Import Tensor Graph Derivative Tape.
Import ListNotations.

Section Link.

Variable A : Type.
Variable add : A -> A -> A.

(** ** Forward *)

Lemma record_app ns : forall (c : context A) ms,
  record c (ns ++ ms) =
  let (c1, tape1) := record c ns in
  let (c2, tape2) := record c1 ms in
  (c2, tape1 ++ tape2).
Proof.
  induction ns as [|n ns IH]; intros c ms; simpl.
  - destruct (record c ms). reflexivity.
  - rewrite IH. destruct (record _ ns) as [c1 tape1]. destruct (record c1 ms). reflexivity.
Qed.

(** The pass over the list of nodes gives the values of the definition. *)
Theorem forward_link (g : graph A) x : fst (record x (nodes g)) = eval g x.
Proof.
  induction g as [|g IH n]; simpl; auto.
  rewrite record_app. destruct (record x (nodes g)) as [c tape]. simpl in *. subst. reflexivity.
Qed.

(** The tape of a graph with one node more has one entry more. *)
Definition entry_of (n : node A) (c : context A) : entry A := Entry (operands n) (pull_back n c).

Lemma tape_Snoc g n x : snd (record x (nodes (Snoc g n))) = snd (record x (nodes g)) ++ [entry_of n (eval g x)].
Proof.
  simpl. rewrite record_app, <- (forward_link g x). destruct (record x (nodes g)). reflexivity.
Qed.

Lemma tape_length g (x : context A) : length (snd (record x (nodes g))) = count g.
Proof. induction g; simpl count; auto. rewrite tape_Snoc, app_length. simpl. lia. Qed.

(** ** Backward *)

(** The operands of each of the first [k] entries come before it. *)
Definition tape_ordered (base k : nat) (tape : list (entry A)) : Prop :=
  forall j e, j < k -> nth_error tape j = Some e -> Forall (fun i => i < base + j) (parents e).

Lemma tape_is_ordered g (x : context A) :
  ordered (length x) g -> tape_ordered (length x) (count g) (snd (record x (nodes g))).
Proof.
  induction g as [|g IH n]; intros Ho j e Hj He; [simpl in Hj; lia|].
  destruct Ho as [Hg Hn]. rewrite tape_Snoc in He. simpl in Hj.
  destruct (Nat.lt_ge_cases j (count g)).
  - rewrite nth_error_app1 in He by (rewrite tape_length; lia). eapply IH; eauto.
  - assert (j = count g) as -> by lia.
    rewrite nth_error_app2, tape_length, Nat.sub_diag in He by (rewrite tape_length; lia).
    injection He as <-. exact Hn.
Qed.

Lemma accumulate_app (d r : cotangents A) i c :
  i < length d -> accumulate add (d ++ r) i c = accumulate add d i c ++ r.
Proof.
  revert i. induction d as [|sum d IH]; intros [|i]; simpl; intros Hi; try lia; auto.
  rewrite IH by lia. reflexivity.
Qed.

Lemma scatter_app is : forall cs (d r : cotangents A),
  Forall (fun i => i < length d) is -> scatter add (d ++ r) is cs = scatter add d is cs ++ r.
Proof.
  induction is as [|i is IH]; intros [|[c|] cs] d r H; simpl; auto; inversion H; subst; auto.
  rewrite accumulate_app by auto. apply IH. rewrite accumulate_length. auto.
Qed.

(** The loop over the first entries neither reads nor writes what belongs to later ones. *)
Lemma loop_app base k : forall tape later (d r : cotangents A),
  k <= length tape -> base + k <= length d -> tape_ordered base k tape ->
  loop add base k (tape ++ later) (d ++ r) = loop add base k tape d ++ r.
Proof.
  induction k as [|k IH]; intros tape later d r Hk Hd Ho; simpl; auto.
  rewrite app_nth1, nth_error_app1 by lia.
  assert (Ho' : tape_ordered base k tape) by (intros j e Hj; apply Ho; lia).
  destruct (nth (base + k) d None) as [dy|]; [|apply IH; auto; lia].
  destruct (nth_error tape k) as [e|] eqn:He; [|apply IH; auto; lia].
  rewrite scatter_app.
  - apply IH; auto; try lia. rewrite scatter_length. lia.
  - eapply Forall_impl; [|apply (Ho k e); auto]. simpl. lia.
Qed.

(** The loop gives what the recursion over the last node gives, in every entry. *)
Theorem link g x (seeds : cotangents A) :
  ordered (length x) g -> length seeds = length x + count g ->
  backward add x (nodes g) seeds = backprop add g x seeds.
Proof.
  revert seeds. induction g as [|g IH n]; intros d Ho Hd; [reflexivity|].
  destruct (split_last d (length x + count g)) as [front [own [-> Hfront]]]; [simpl in Hd; lia|].
  unfold backward in *. rewrite tape_Snoc. pose proof (tape_length g x) as Ht.
  rewrite app_length. simpl length. rewrite Nat.add_1_r. simpl.
  rewrite last_last, removelast_last, nth_error_app2, Nat.sub_diag by lia. simpl.
  rewrite app_nth2 by lia. replace (_ + _ - _) with 0 by lia. simpl.
  destruct Ho as [Hg Hn]. pose proof (tape_is_ordered g x Hg) as Htape. rewrite <- Ht in Htape.
  destruct own as [dy|].
  - rewrite scatter_app by (rewrite Hfront; exact Hn).
    rewrite loop_app; auto; [|rewrite scatter_length; lia].
    f_equal. apply IH; auto. rewrite scatter_length. auto.
  - rewrite loop_app; auto; try lia. f_equal. apply IH; auto.
Qed.

End Link.
