(** * Which values have a cotangent

    "Only reached nodes run": a node whose cotangent is [None] is passed over. Here: which entries are [None] is
    decided by the wiring of the graph and by which entries have a seed, never by a number. An entry is reached
    exactly if a path of operands that get a contribution leads to an entry with a seed. *)

From Coq Require Import List Arith Lia Bool.
From SessionProof Require Import Tensor Graph Derivative.
Import ListNotations.

(** What is known of a node without its numbers: its operands, and which of them get a contribution. *)
Record wire := Wire {
  sources : list nat;
  carries : list bool
}.

(** The wiring of a graph: the last node first. *)
Definition wiring := list wire.

(** A node has this wire: whatever the values and the cotangent, the same contributions are there. In Rust this
    holds by construction: [Op::vjp] emits nodes from shapes and attributes and sees no values. *)
Definition has_wire {A} (n : node A) (w : wire) : Prop :=
  operands n = sources w /\ forall xs y dy, map is_some (vjp n xs y dy) = carries w.

Fixpoint has_wiring {A} (g : graph A) (ws : wiring) : Prop :=
  match g, ws with
  | Empty, [] => True
  | Snoc g n, w :: ws => has_wiring g ws /\ has_wire n w
  | _, _ => False
  end.

(** ** Reachedness as a computation *)

Fixpoint set (d : list bool) (i : nat) : list bool :=
  match d, i with
  | [], _ => []
  | _ :: d, 0 => true :: d
  | b :: d, S i => b :: set d i
  end.

Fixpoint mark (d : list bool) (is : list nat) (cs : list bool) : list bool :=
  match is, cs with
  | i :: is, true :: cs => mark (set d i) is cs
  | _ :: is, false :: cs => mark d is cs
  | _, _ => d
  end.

(** Which entries are reached, given which have a seed. *)
Fixpoint reached (ws : wiring) (d : list bool) : list bool :=
  match ws with
  | [] => d
  | w :: ws =>
      let own := last d false in
      let below := removelast d in
      reached ws (if own then mark below (sources w) (carries w) else below) ++ [own]
  end.

Lemma last_is_some {A} (d : cotangents A) : last (map is_some d) false = is_some (last d None).
Proof. induction d as [|a [|b d] IH]; auto. Qed.

Lemma removelast_map {S T} (f : S -> T) d : removelast (map f d) = map f (removelast d).
Proof. induction d as [|a [|b d] IH]; auto. simpl in *. rewrite IH. reflexivity. Qed.

Lemma set_accumulate {A} add d i (c : tensor A) : map is_some (accumulate add d i c) = set (map is_some d) i.
Proof. revert i. induction d as [|s d IH]; intros [|i]; simpl; auto. rewrite IH. reflexivity. Qed.

Lemma mark_scatter {A} (add : A -> A -> A) is : forall cs d,
  map is_some (scatter add d is cs) = mark (map is_some d) is (map is_some cs).
Proof.
  induction is as [|i is IH]; intros [|[c|] cs] d; simpl; auto.
  rewrite IH, set_accumulate. reflexivity.
Qed.

(** The entries that are [Some] are those that the wiring and the seeds say. *)
Theorem reached_is_structural {A} (add : A -> A -> A) g ws x :
  has_wiring g ws -> forall d, map is_some (backprop add g x d) = reached ws (map is_some d).
Proof.
  revert ws. induction g as [|g IH n]; intros [|w ws]; simpl; try contradiction; auto.
  intros [Hg [Ho Hc]] d. rewrite map_app, (IH ws) by auto. rewrite last_is_some, removelast_map. simpl.
  destruct (last d None) as [dy|]; simpl; auto.
  rewrite mark_scatter, Ho. unfold pull_back. rewrite Hc. reflexivity.
Qed.

(** So they are the same for other scalars, other values and other seeds at the same entries. *)
Corollary reached_for_all_numbers {A B} (add_a : A -> A -> A) (add_b : B -> B -> B) ga gb ws xa xb da db :
  has_wiring ga ws -> has_wiring gb ws -> map is_some da = map is_some db ->
  map is_some (backprop add_a ga xa da) = map is_some (backprop add_b gb xb db).
Proof. intros Ha Hb Hd. rewrite !(reached_is_structural _ _ ws) by auto. congruence. Qed.

(** ** Reachedness as paths *)

(** With [k] leaves: the value [i] is an operand of the node [j] and gets a contribution from it. *)
Inductive edge (k : nat) : wiring -> nat -> nat -> Prop :=
  | edge_last w ws i : In (i, true) (combine (sources w) (carries w)) -> edge k (w :: ws) i (k + length ws)
  | edge_below w ws i j : edge k ws i j -> edge k (w :: ws) i j.

Inductive path (k : nat) (ws : wiring) : nat -> nat -> Prop :=
  | path_end i : path k ws i i
  | path_step i j l : edge k ws i j -> path k ws j l -> path k ws i l.

(** Every node comes after its operands. *)
Fixpoint wiring_ordered (k : nat) (ws : wiring) : Prop :=
  match ws with
  | [] => True
  | w :: ws => wiring_ordered k ws /\ Forall (fun i => i < k + length ws) (sources w)
  end.

Lemma edge_bounds k ws i j : wiring_ordered k ws -> edge k ws i j -> i < k + length ws.
Proof.
  intros Ho He. induction He as [w ws i Hi|w ws i j He IH]; destruct Ho as [Ho Hs]; simpl.
  - apply in_combine_l in Hi. rewrite Forall_forall in Hs. apply Hs in Hi. lia.
  - apply IH in Ho. lia.
Qed.

Lemma path_beyond k ws i j : wiring_ordered k ws -> path k ws i j -> k + length ws <= i -> j = i.
Proof. intros Ho [|i' j' l He Hp] Hi; auto. apply edge_bounds in He; auto. lia. Qed.

Lemma path_below k w ws i j : path k ws i j -> path k (w :: ws) i j.
Proof. induction 1; econstructor; eauto. constructor. auto. Qed.

Lemma path_snoc k ws i j l : path k ws i j -> edge k ws j l -> path k ws i l.
Proof. induction 1; intros He; econstructor; eauto. constructor. Qed.

(** A path either does without the last node or ends there. *)
Lemma path_split k w ws i j : wiring_ordered k (w :: ws) -> path k (w :: ws) i j ->
  path k ws i j \/
  (j = k + length ws /\ exists l, path k ws i l /\ In (l, true) (combine (sources w) (carries w))).
Proof.
  intros [Ho Hs] Hp. induction Hp as [i|i j l He Hp IH]; [left; constructor|].
  inversion He as [w' ws' i' Hi|w' ws' i' j' He']; subst.
  - destruct IH as [IH|[-> _]].
    + right. split; [|exists i; split; [constructor|auto]]. apply (path_beyond k ws); auto.
    + right. split; auto. exists i. split; [constructor|auto].
  - destruct IH as [IH|[-> [m [Hm Hin]]]].
    + left. econstructor; eauto.
    + right. split; auto. exists m. split; auto. econstructor; eauto.
Qed.

Lemma set_length d i : length (set d i) = length d.
Proof. revert i. induction d as [|b d IH]; intros [|i]; simpl; auto. Qed.

Lemma set_nth d : forall i j, j < length d -> nth j (set d i) false = nth j d false || (i =? j).
Proof.
  induction d as [|b d IH]; intros i j Hj; [simpl in Hj; lia|].
  destruct i as [|i], j as [|j]; simpl.
  - rewrite orb_true_r. reflexivity.
  - rewrite orb_false_r. reflexivity.
  - rewrite orb_false_r. reflexivity.
  - apply IH. simpl in Hj. lia.
Qed.

Lemma mark_length is : forall cs d, length (mark d is cs) = length d.
Proof. induction is as [|i is IH]; intros [|[|] cs] d; simpl; auto. rewrite IH. apply set_length. Qed.

Lemma mark_nth is : forall cs d j, j < length d ->
  nth j (mark d is cs) false = true <-> nth j d false = true \/ In (j, true) (combine is cs).
Proof.
  induction is as [|i is IH]; intros [|[|] cs] d j Hj; simpl; try tauto.
  - rewrite IH, set_nth by (try rewrite set_length; auto).
    rewrite orb_true_iff, Nat.eqb_eq. intuition congruence.
  - rewrite IH by auto. intuition congruence.
Qed.

Lemma reached_length ws : forall k d, length d = k + length ws -> length (reached ws d) = k + length ws.
Proof.
  induction ws as [|w ws IH]; simpl; intros k d Hd; auto.
  destruct (split_last d (k + length ws)) as [front [own [-> Hfront]]]; [lia|].
  rewrite last_last, removelast_last, app_length. simpl.
  rewrite (IH k); [lia|]. destruct own; auto. rewrite mark_length. auto.
Qed.

(** An entry is reached exactly if a path leads from it to a seed. *)
Theorem reached_iff_path k ws : wiring_ordered k ws -> forall d, length d = k + length ws -> forall i,
  nth i (reached ws d) false = true <-> exists j, path k ws i j /\ nth j d false = true.
Proof.
  induction ws as [|w ws IH]; intros Ho d Hd i.
  - split; [exists i; split; [constructor|auto]|].
    intros [j [Hp Hj]]. inversion Hp as [|? ? ? He]; subst; auto. inversion He.
  - destruct (split_last d (k + length ws)) as [front [own [-> Hfront]]]; [simpl in Hd; lia|].
    simpl. rewrite last_last, removelast_last. pose proof Ho as [Hws _].
    set (below := if own then _ else front).
    assert (Hbelow : length below = k + length ws) by (unfold below; destruct own; auto; rewrite mark_length; auto).
    pose proof (reached_length ws k below Hbelow) as Hr.
    assert (Hlast : nth (k + length ws) (front ++ [own]) false = own).
    { rewrite app_nth2, Hfront, Nat.sub_diag by lia. reflexivity. }
    destruct (Nat.lt_ge_cases i (k + length ws)) as [Hi|Hi].
    + rewrite app_nth1 by lia. rewrite (IH Hws below Hbelow). split.
      * intros [j [Hp Hj]].
        assert (Hjb : j < k + length ws).
        { destruct (Nat.lt_ge_cases j (k + length ws)); auto.
          rewrite nth_overflow in Hj by lia. discriminate. }
        assert (Hfj : nth j front false = true \/
          own = true /\ In (j, true) (combine (sources w) (carries w))).
        { unfold below in Hj. destruct own; auto. apply mark_nth in Hj; [tauto|lia]. }
        destruct Hfj as [Hfj|[Hown Hin]].
        -- exists j. rewrite app_nth1 by lia. split; auto. apply path_below. auto.
        -- exists (k + length ws). rewrite Hlast. split; auto.
           eapply path_snoc; [apply path_below; eauto|]. constructor. auto.
      * intros [j [Hp Hj]]. apply path_split in Hp; auto. destruct Hp as [Hp|[-> [l [Hp Hin]]]].
        -- exists j. split; auto.
           destruct (Nat.lt_ge_cases j (k + length ws)) as [Hjb|Hjb].
           ++ rewrite app_nth1 in Hj by lia. unfold below. destruct own; auto. apply mark_nth; [lia|auto].
           ++ (* A path that begins below stays below. *)
              exfalso. clear Hj Hbelow Hr. induction Hp as [|a b c He Hp IHp]; [lia|].
              destruct (Nat.lt_ge_cases b (k + length ws)); [auto|].
              assert (Hb : edge k ws a b -> b < k + length ws).
              { clear. induction 1; simpl; lia. }
              apply Hb in He. lia.
        -- exists l. split; auto. rewrite Hlast in Hj. subst own. unfold below. apply mark_nth; auto.
           destruct Ho as [_ Hs]. rewrite Forall_forall in Hs. apply in_combine_l in Hin. apply Hs in Hin. lia.
    + assert (Hend : forall j, path k (w :: ws) i j -> j = i).
      { intros j Hp. apply path_split in Hp; auto. destruct Hp as [Hp|[-> [l [Hp Hin]]]].
        - apply (path_beyond k ws); auto.
        - apply (path_beyond k ws) in Hp; auto. subst.
          destruct Ho as [_ Hs]. rewrite Forall_forall in Hs. apply in_combine_l in Hin. apply Hs in Hin. lia. }
      rewrite app_nth2 by lia.
      replace (nth (i - _) [own] false) with (nth i (front ++ [own]) false) by (rewrite app_nth2 by lia; f_equal; lia).
      split; [exists i; split; [constructor|auto]|]. intros [j [Hp Hj]]. apply Hend in Hp. subst. auto.
Qed.
