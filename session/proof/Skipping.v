(** * Passing over unreached nodes changes no gradient

    The other way to go back through a graph is to run every node, on a cotangent of zeros where nothing has
    arrived. Where zeros are neutral and the rules map zeros to zeros, as over exact numbers, both give the same,
    [None] read as zeros. Floating-point numbers do not satisfy the second ([0 * inf] is not 0): there, running
    unreached nodes would spoil other gradients, and passing over them is the rule. *)

From Coq Require Import List Arith Lia.
From SessionProof Require Import Tensor Graph Derivative.
Import ListNotations.

Section Skipping.

Variable A : Type.
Variables (zero : A) (add : A -> A -> A).
Hypothesis zero_left : forall x, add zero x = x.
Hypothesis zero_right : forall x, add x zero = x.

Notation tensor := (tensor A).

Definition zeros (s : shape) : tensor := repeat zero (size s).

(** A structural zero, read as numbers. *)
Definition read (s : shape) (t : option tensor) : tensor :=
  match t with
  | None => zeros s
  | Some t => t
  end.

Fixpoint reads (ss : list shape) (ts : list (option tensor)) : list tensor :=
  match ss, ts with
  | s :: ss, t :: ts => read s t :: reads ss ts
  | _, _ => []
  end.

(** ** Reverse mode in which everything runs *)

Fixpoint dense_accumulate (d : list tensor) (i : nat) (c : tensor) : list tensor :=
  match d, i with
  | [], _ => []
  | sum :: d, 0 => plus add sum c :: d
  | sum :: d, S i => sum :: dense_accumulate d i c
  end.

Fixpoint dense_scatter (d : list tensor) (is : list nat) (cs : list tensor) : list tensor :=
  match is, cs with
  | i :: is, c :: cs => dense_scatter (dense_accumulate d i c) is cs
  | _, _ => d
  end.

Fixpoint dense_backprop (ss : list shape) (g : graph A) (x : context A) (d : list tensor) : list tensor :=
  match g with
  | Empty => d
  | Snoc g n =>
      let dy := last d [] in
      let cs := reads (operand_shapes n (shapes ss g)) (pull_back n (eval g x) dy) in
      dense_backprop ss g x (dense_scatter (removelast d) (operands n) cs) ++ [dy]
  end.

(** The reverse rule of a node maps zeros to zeros. *)
Definition node_strict (ss : list shape) (n : node A) : Prop :=
  forall xs, Forall2 fits (operand_shapes n ss) xs ->
  reads (operand_shapes n ss) (vjp n xs (fwd n xs) (zeros (output n))) = map zeros (operand_shapes n ss).

Fixpoint strict_rules (ss : list shape) (g : graph A) : Prop :=
  match g with
  | Empty => True
  | Snoc g n => strict_rules ss g /\ node_strict (shapes ss g) n
  end.

(** ** Both are the same *)

Lemma plus_zeros_left s t : fits s t -> plus add (zeros s) t = t.
Proof.
  unfold fits, zeros. intros <-. induction t as [|y t IH]; simpl; auto. rewrite IH, zero_left. reflexivity.
Qed.

Lemma plus_zeros_right s t : fits s t -> plus add t (zeros s) = t.
Proof.
  unfold fits, zeros. intros <-. induction t as [|y t IH]; simpl; auto. rewrite IH, zero_right. reflexivity.
Qed.

Lemma zeros_fit s : fits s (zeros s).
Proof. apply repeat_length. Qed.

Lemma read_fits s t : fits_if_any s t -> fits s (read s t).
Proof. destruct t; simpl; auto. intros _. apply zeros_fit. Qed.

Lemma reads_app ss ss' ts ts' : length ss = length ts -> reads (ss ++ ss') (ts ++ ts') = reads ss ts ++ reads ss' ts'.
Proof.
  revert ts. induction ss as [|s ss IH]; intros [|t ts]; simpl; intros H; try lia; auto. rewrite IH by lia. reflexivity.
Qed.

Lemma reads_accumulate ss d : Forall2 fits_if_any ss d -> forall i c, i < length ss -> fits_if_any (nth i ss []) c ->
  dense_accumulate (reads ss d) i (read (nth i ss []) c) =
  reads ss (match c with
            | None => d
            | Some c => accumulate add d i c
            end).
Proof.
  induction 1 as [|s sum ss d Hs Hd IH]; intros [|i] c; simpl; intros Hi Hc; try lia.
  - destruct c as [c|]; simpl.
    + destruct sum; simpl; auto. rewrite plus_zeros_left; auto.
    + rewrite plus_zeros_right; auto. apply read_fits. auto.
  - rewrite IH by (auto; lia). destruct c; reflexivity.
Qed.

Lemma reads_scatter ss is : forall cs d,
  Forall (fun i => i < length ss) is -> Forall2 fits_if_any (map (fun i => nth i ss []) is) cs ->
  Forall2 fits_if_any ss d ->
  dense_scatter (reads ss d) is (reads (map (fun i => nth i ss []) is) cs) = reads ss (scatter add d is cs).
Proof.
  induction is as [|i is IH]; simpl; intros cs d Hi Hc Hd;
    inversion Hc as [|s c ? cs' Hs Hcs]; subst; simpl; auto.
  inversion Hi; subst. rewrite reads_accumulate by auto.
  destruct c as [c|]; apply IH; auto. apply accumulate_fits; auto.
Qed.

(** Zeros scattered change nothing. *)
Lemma scatter_zeros ss is d : Forall (fun i => i < length ss) is -> Forall2 fits_if_any ss d ->
  dense_scatter (reads ss d) is (map zeros (map (fun i => nth i ss []) is)) = reads ss d.
Proof.
  induction is as [|i is IH]; simpl; intros Hi Hd; auto. inversion Hi; subst.
  change (zeros (nth i ss [])) with (read (nth i ss []) None).
  rewrite reads_accumulate; simpl; auto.
Qed.

(** Running every node gives what running the reached ones gives. *)
Theorem skipping ss g x : typed ss g -> strict_rules ss g -> Forall2 fits ss x ->
  forall d, Forall2 fits_if_any (shapes ss g) d ->
  dense_backprop ss g x (reads (shapes ss g) d) = reads (shapes ss g) (backprop add g x d).
Proof.
  intros Hg Hz Hx. revert Hg Hz. induction g as [|g IH n]; simpl; auto.
  intros [Hg Hn] [Hz Hstrict] d Hd.
  apply Forall2_app_inv_l in Hd. destruct Hd as [front [back [Hfront [Hback ->]]]].
  inversion Hback as [|s own ? rest Hown Hrest]; subst. inversion Hrest; subst.
  pose proof (same_length _ _ _ Hfront) as Lfront.
  rewrite reads_app by auto. simpl. rewrite !last_last, !removelast_last.
  pose proof (typed_operands _ _ _ Hn) as Ho.
  assert (Hxs : Forall2 fits (operand_shapes n (shapes ss g)) (operand_values n (eval g x))).
  { apply Forall2_pick; auto. apply eval_typed; auto. }
  assert (Hpull : forall dy, fits (output n) dy ->
    Forall2 fits_if_any (operand_shapes n (shapes ss g)) (pull_back n (eval g x) dy)).
  { intros dy Hdy. apply (typed_vjp _ _ _ Hn); auto. }
  assert (Hbelow : forall below, Forall2 fits_if_any (shapes ss g) below ->
    dense_backprop ss g x (reads (shapes ss g) below) ++ [read (output n) own] =
    reads (shapes ss g ++ [output n]) (backprop add g x below ++ [own])).
  { intros below Hb. rewrite IH by auto. rewrite reads_app; [reflexivity|].
    apply (same_length fits_if_any). apply backprop_typed; auto. }
  destruct own as [dy|]; simpl read in *.
  - unfold operand_shapes in *. rewrite reads_scatter by auto. apply Hbelow. apply scatter_fits; auto.
  - unfold pull_back, value. rewrite Hstrict by auto. unfold operand_shapes. rewrite scatter_zeros by auto.
    apply Hbelow. auto.
Qed.

End Skipping.
