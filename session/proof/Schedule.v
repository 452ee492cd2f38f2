(** * A schedule computes the values of its graph

    What is compiled is not a graph but a schedule ([tape::Schedule]): some of the nodes, in order, each with a place in
    memory; places are used again. Three things could go wrong, and here is what rules them out:

    - one value stands for another: the other name of a reshape, or the first of equal expressions ([good_root], from
      [roots] of [tape/passes.rs]);
    - a node that is not needed is left out;
    - a place is written while what is there is still to be read ([safe]).

    Modelled are the conditions and why they suffice. That [Schedule::new] meets them is not proved here: its schedules
    are compared with the definition by running them. *)

From Coq Require Import List Arith Lia Bool.
From SessionProof Require Import Tensor Graph Derivative Link Reverse.
Import ListNotations.

Section Schedule.

Variable A : Type.

Notation tensor := (tensor A).
Notation node := (node A).
Notation id := nat.

(** ** Memory *)

(** The arena, and the buffers of inputs and outputs beyond it: a scalar at each address. *)
Definition memory := nat -> A.

Definition load (m : memory) (start count : nat) : tensor := map m (seq start count).

Definition store (m : memory) (start : nat) (t : tensor) : memory :=
  fun address => if start <=? address then nth (address - start) t (m address) else m address.

Lemma store_beyond m start t address : start + length t <= address -> store m start t address = m address.
Proof. intros H. unfold store. destruct (start <=? address); auto. apply nth_overflow. lia. Qed.

Lemma load_store m start t : load (store m start t) start (length t) = t.
Proof.
  apply nth_ext with (d := m 0) (d' := m 0); [unfold load; rewrite map_length, seq_length; auto|].
  unfold load. intros i Hi. rewrite map_length, seq_length in Hi.
  rewrite (nth_indep _ (m 0) (store m start t 0)) by (rewrite map_length, seq_length; auto).
  rewrite (map_nth (store m start t)), seq_nth by auto. unfold store.
  destruct (Nat.leb_spec start (start + i)); [|lia]. replace (start + i - start) with i by lia.
  apply nth_indep. auto.
Qed.

Lemma load_apart m start t from count : from + count <= start \/ start + length t <= from ->
  load (store m start t) from count = load m from count.
Proof.
  intros H. apply map_ext_in. intros address Ha. apply in_seq in Ha. destruct H.
  - unfold store. destruct (Nat.leb_spec start address); auto. lia.
  - apply store_beyond. lia.
Qed.

(** ** Schedules *)

(** The graph: leaves [x] and nodes [ns] that come after their operands; the sizes of all values are known. *)
Variables (x : context A) (ns : list node) (sizes : id -> nat).

Definition node_at (i : id) : option node := if i <? length x then None else nth_error ns (i - length x).

Hypothesis after_operands : forall i n, node_at i = Some n -> Forall (fun o => o < i) (operands n).
Hypothesis sizes_fit : forall i, i < length x + length ns -> length (nth i (extend x ns) []) = sizes i.

(** The schedule: which value holds the elements of each value, where the elements of each value begin, and the values
    to compute, in order. *)
Variables (root : id -> id) (start : id -> nat).

(** One step: reads the operands where they are, in their own shapes, and writes its value. *)
Definition step (m : memory) (i : id) : memory :=
  match node_at i with
  | None => m
  | Some n => store m (start i) (fwd n (map (fun o => load m (start (root o)) (sizes o)) (operands n)))
  end.

Definition run (m : memory) (order : list id) : memory := fold_left step order m.

(** ** What a schedule has to observe *)

(** A value holds its own elements; or it is another name of its operand and shares the operand's holder; or its
    holder is an earlier node with the same operation on operands with the same holders. *)
Definition good_root (i : id) : Prop :=
  root i = i \/
  exists n, node_at i = Some n /\
    ((exists o, operands n = [o] /\ (forall t, fwd n [t] = t) /\ root i = root o) \/
     (exists first, node_at (root i) = Some first /\ root i < i /\
        fwd first = fwd n /\ map root (operands first) = map root (operands n))).

(** The places of two values have no address in common. *)
Definition apart (i j : id) : bool :=
  (start i + sizes i <=? start j) || (start j + sizes j <=? start i).

(** Every step finds the holders of its operands in memory, and at the end those of the outputs are there; what a
    step overwrites is gone. [present] is whose elements are in memory. *)
Fixpoint safe (present order outputs : list id) : Prop :=
  match order with
  | [] => incl outputs present
  | i :: order =>
      (exists n, node_at i = Some n /\ Forall (fun o => In (root o) present) (operands n)) /\
      safe (i :: filter (fun j => apart j i) present) order outputs
  end.

(** ** Why this is enough *)

(** The elements of these values are in memory. *)
Definition holds (m : memory) (present : list id) : Prop :=
  forall i, In i present -> load m (start i) (sizes i) = nth i (extend x ns) [].

Lemma node_at_bounds i n : node_at i = Some n -> length x <= i < length x + length ns.
Proof.
  unfold node_at. destruct (Nat.ltb_spec i (length x)); [discriminate|]. intros Hn.
  assert (i - length x < length ns) by (apply nth_error_Some; congruence). lia.
Qed.

(** A value is what its node makes of the values of its operands. *)
Lemma value_at i n : node_at i = Some n ->
  nth i (extend x ns) [] = fwd n (map (fun o => nth o (extend x ns) []) (operands n)).
Proof.
  intros Hn. pose proof (after_operands i n Hn) as Ho. pose proof (node_at_bounds i n Hn) as Hi.
  unfold node_at in Hn. destruct (Nat.ltb_spec i (length x)); [discriminate|].
  apply nth_error_split in Hn. destruct Hn as [before [later [Hns Hbefore]]].
  assert (Hvalue : forall o, o < i -> nth o (extend x ns) [] = nth o (extend x before) []).
  { intros o Hlt. rewrite Hns, extend_app. apply extend_nth. rewrite extend_length. lia. }
  assert (Hargs : map (fun o => nth o (extend x ns) []) (operands n) = operand_values n (extend x before)).
  { apply map_ext_in. intros o Hin. rewrite Forall_forall in Ho. apply Hvalue. auto. }
  rewrite Hargs, Hns. change (n :: later) with ([n] ++ later). rewrite !extend_app.
  rewrite extend_nth by (rewrite !extend_length; simpl; lia).
  unfold extend at 1. simpl. rewrite app_nth2 by (rewrite extend_length; lia).
  rewrite extend_length. replace (i - _) with 0 by lia. reflexivity.
Qed.

(** A holder has the value that it holds. *)
Lemma roots_sound : (forall i, i < length x + length ns -> good_root i) ->
  forall i, i < length x + length ns -> nth (root i) (extend x ns) [] = nth i (extend x ns) [].
Proof.
  intros Hroots i. induction i as [i IH] using lt_wf_ind. intros Hi.
  destruct (Hroots i Hi) as [->|[n [Hn Hcase]]]; auto.
  pose proof (after_operands i n Hn) as Ho. rewrite Forall_forall in Ho. rewrite (value_at i n Hn).
  destruct Hcase as [[o [Hone [Hsame ->]]]|[first [Hfirst [Hlt [Hfwd Hmap]]]]].
  - rewrite Hone in Ho |- *. simpl. rewrite Hsame. assert (o < i) by (apply Ho; simpl; auto). apply IH; lia.
  - pose proof (after_operands _ _ Hfirst) as Hof. rewrite Forall_forall in Hof.
    rewrite (value_at _ _ Hfirst), Hfwd. f_equal.
    assert (Hheld : forall os, (forall o, In o os -> o < i) ->
      map (fun o => nth o (extend x ns) []) os = map (fun h => nth h (extend x ns) []) (map root os)).
    { intros os Hos. rewrite map_map. apply map_ext_in. intros o Hin. symmetry.
      apply Hos in Hin. apply IH; lia. }
    rewrite (Hheld (operands n) Ho), <- Hmap. apply Hheld. intros o Hin. apply Hof in Hin. lia.
Qed.

(** A schedule that observes all this leaves the values of the graph where its outputs are held. *)
Theorem schedule_sound : (forall i, i < length x + length ns -> good_root i) ->
  forall order present outputs m,
  safe present order (map root outputs) -> holds m present ->
  Forall (fun o => o < length x + length ns) outputs ->
  Forall (fun o => load (run m order) (start (root o)) (sizes o) = nth o (extend x ns) []) outputs.
Proof.
  intros Hroots. pose proof (roots_sound Hroots) as Hvalue.
  assert (Hload : forall m present o, holds m present -> In (root o) present -> o < length x + length ns ->
    load m (start (root o)) (sizes o) = nth o (extend x ns) []).
  { intros m present o Hm Hin Ho. rewrite <- (sizes_fit o Ho), <- (Hvalue o Ho).
    destruct (Nat.lt_ge_cases (root o) (length x + length ns)) as [Hr|Hr].
    - rewrite (sizes_fit (root o) Hr). apply Hm. auto.
    - rewrite (nth_overflow (extend x ns)) by (rewrite extend_length; lia). reflexivity. }
  induction order as [|i order IH]; intros present outputs m Hsafe Hm Hout; simpl in *.
  - rewrite Forall_forall in *. intros o Ho. apply (Hload m present); auto. apply Hsafe. apply in_map. auto.
  - destruct Hsafe as [[n [Hn Hpresent]] Hsafe]. eapply IH; eauto.
    pose proof (node_at_bounds i n Hn) as Hi. pose proof (after_operands i n Hn) as Ho.
    rewrite Forall_forall in Ho, Hpresent.
    assert (Hstep : step m i = store m (start i) (nth i (extend x ns) [])).
    { unfold step. rewrite Hn, (value_at i n Hn). f_equal. f_equal. apply map_ext_in. intros o Hin.
      apply (Hload m present); auto. apply Ho in Hin. lia. }
    rewrite Hstep. pose proof (sizes_fit i ltac:(lia)) as Hsize.
    intros j [<-|Hj].
    + rewrite <- Hsize. apply load_store.
    + apply filter_In in Hj. destruct Hj as [Hj Hapart]. rewrite load_apart; [apply Hm; auto|].
      unfold apart in Hapart. apply orb_true_iff in Hapart.
      destruct Hapart as [H|H]; apply Nat.leb_le in H; lia.
Qed.

End Schedule.

Arguments load {A}.
Arguments node_at {A}.
Arguments run {A}.
Arguments good_root {A}.
Arguments safe {A}.
Arguments holds {A}.

(** ** All together

    The schedule of the graph of reverse mode leaves the cotangents of the definition in memory: the whole way of
    [Tape::backward_dense_from], for lawless scalars. [None] stays [None]: nothing is computed for it. *)

Section Tape.

Variable A : Type.
Variable add : A -> A -> A.
Variable sum_node : nat -> nat -> node A.
Hypothesis sum_node_adds : forall a b c, value (sum_node a b) c = plus add (nth a c []) (nth b c []).
Variable rule : node A -> list nat -> nat -> nat -> nat -> list (node A) * list (option nat).

Theorem tape_link ss (g : graph A) x d :
  typed ss g -> rules_emit_vjp rule ss g -> Forall2 fits ss x -> Forall2 fits_if_any (shapes ss g) d ->
  let (ns, gradient) := reverse sum_node rule (length x) (nodes g) d in
  let leaves := x ++ seed_leaves d in
  let outputs := flat_map (fun i => match i with
                                    | None => []
                                    | Some i => [i]
                                    end) gradient in
  forall sizes root start order present m,
  (forall i n, node_at leaves ns i = Some n -> Forall (fun o => o < i) (operands n)) ->
  (forall i, i < length leaves + length ns -> length (nth i (extend leaves ns) []) = sizes i) ->
  (forall i, i < length leaves + length ns -> good_root leaves ns root i) ->
  safe leaves ns sizes root start present order (map root outputs) ->
  holds leaves ns sizes start m present ->
  Forall (fun o => o < length leaves + length ns) outputs ->
  map (option_map (fun i => load (run leaves ns sizes root start m order) (start (root i)) (sizes i))) gradient =
  backprop add g x d.
Proof.
  intros Ht Hr Hx Hd. pose proof (reverse_link A add sum_node sum_node_adds rule ss g x d Ht Hr Hx Hd) as Hlink.
  destruct (reverse _ _ _ _ _) as [ns gradient]. intros leaves outputs sizes root start order present m.
  intros Hoperands Hsizes Hroots Hsafe Hm Hout.
  pose proof (schedule_sound A leaves ns sizes Hoperands Hsizes root start Hroots order present outputs m
    Hsafe Hm Hout) as Hsound.
  rewrite <- Hlink. apply map_ext_in. intros [i|] Hi; auto. simpl. f_equal.
  rewrite Forall_forall in Hsound. apply Hsound. apply in_flat_map. exists (Some i). simpl. auto.
Qed.

End Tape.
