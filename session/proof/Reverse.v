(** * From graph to graph

    [Tape::backward_dense_from] runs no rule of reverse mode itself: [autodiff::reverse] writes a graph that
    contains the old one and whose further nodes compute the cotangents, and that graph is compiled and evaluated.
    Here: its values are the cotangents of the definition, for lawless scalars as in [Link].

    The new graph has the old leaves, one leaf for each seed, the old nodes, and the nodes that are emitted. *)

From Coq Require Import List Arith Lia.
From SessionProof Require Import Tensor Graph Derivative Tape Link.
Import ListNotations.

Section Reverse.

Variable A : Type.
Variable add : A -> A -> A.

Notation node := (node A).
Notation context := (context A).
Notation id := nat.

(** The values that follow when nodes are appended to a graph whose values are [c]. *)
Definition extend (c : context) (ns : list node) : context := fold_left (fun c n => c ++ [value n c]) ns c.

(** The node that adds two values: [Emit::add]. *)
Variable sum_node : id -> id -> node.
Hypothesis sum_node_adds : forall a b c, value (sum_node a b) c = plus add (nth a c []) (nth b c []).

(** The reverse rule of a node as [Op::vjp] has it: from the ids of the operands, of the value and of its cotangent,
    and the id of the next node, to the nodes that are emitted and the ids of the contributions. *)
Variable rule : node -> list id -> id -> id -> id -> list node * list (option id).

(** What ids stand for, given the values. *)
Definition decode (c : context) (ids : list (option id)) : cotangents A := map (option_map (fun i => nth i c [])) ids.

(** All ids are those of values that are there. *)
Definition within (k : nat) (ids : list (option id)) : Prop :=
  Forall (fun i => match i with
                   | None => True
                   | Some i => i < k
                   end) ids.

(** The emitted nodes compute what [vjp], the rule in values, says, wherever the operands, the value and its
    cotangent are in the new graph; [pull_back] of [semantics] evaluates the same rule on a graph of its own. *)
Definition emits_vjp (ss : list shape) (n : node) : Prop :=
  forall is y dy (c : context),
    Forall (fun i => i < length c) is -> y < length c -> dy < length c ->
    let xs := map (fun i => nth i c []) is in
    Forall2 fits (operand_shapes n ss) xs -> nth y c [] = fwd n xs -> fits (output n) (nth dy c []) ->
    let (ns, cs) := rule n is y dy (length c) in
    within (length c + length ns) cs /\
    decode (extend c ns) cs = vjp n xs (nth y c []) (nth dy c []).

Fixpoint rules_emit_vjp (ss : list shape) (g : graph A) : Prop :=
  match g with
  | Empty => True
  | Snoc g n => rules_emit_vjp ss g /\ emits_vjp (shapes ss g) n
  end.

(** ** [autodiff::reverse] *)

(** The value with id [i] receives a contribution: [accumulate] of [autodiff]. *)
Fixpoint emit_accumulate (next : id) (gradient : list (option id)) (i : id) (contribution : id)
  : list node * list (option id) :=
  match gradient, i with
  | [], _ => ([], [])
  | None :: gradient, 0 => ([], Some contribution :: gradient)
  | Some sum :: gradient, 0 => ([sum_node sum contribution], Some next :: gradient)
  | own :: gradient, S i => let (ns, gradient) := emit_accumulate next gradient i contribution in (ns, own :: gradient)
  end.

Fixpoint emit_scatter (next : id) (gradient : list (option id)) (is : list id) (cs : list (option id))
  : list node * list (option id) :=
  match is, cs with
  | i :: is, Some c :: cs =>
      let (ns, gradient) := emit_accumulate next gradient i c in
      let (later, gradient) := emit_scatter (next + length ns) gradient is cs in
      (ns ++ later, gradient)
  | _ :: is, None :: cs => emit_scatter next gradient is cs
  | _, _ => ([], gradient)
  end.

(** Where a value of the old graph is in the new one: [Graph::shifted]. *)
Definition shifted (leaves seeds : nat) (i : id) : id := if i <? leaves then i else i + seeds.

(** The loop over the ids of the first [k] of the nodes [ns], downwards. *)
Fixpoint emit_loop (leaves seeds k : nat) (ns : list node) (next : id) (gradient : list (option id))
  : list node * list (option id) :=
  match k with
  | 0 => ([], gradient)
  | S k =>
      match nth (leaves + k) gradient None, nth_error ns k with
      | Some dy, Some n =>
          let new := shifted leaves seeds in
          let (pulled, cs) := rule n (map new (operands n)) (new (leaves + k)) dy next in
          let (sums, gradient) := emit_scatter (next + length pulled) gradient (operands n) cs in
          let (rest, gradient) := emit_loop leaves seeds k ns (next + length pulled + length sums) gradient in
          (pulled ++ sums ++ rest, gradient)
      | _, _ => emit_loop leaves seeds k ns next gradient
      end
  end.

(** The same operation on other ids. *)
Definition renamed (new : id -> id) (n : node) : node :=
  Node (output n) (map new (operands n)) (fwd n) (vjp n) (jvp n).

(** The seeds that are there are further leaves, in order; the entries with a seed begin with its id. *)
Fixpoint seed_leaves (d : cotangents A) : context :=
  match d with
  | [] => []
  | None :: d => seed_leaves d
  | Some seed :: d => seed :: seed_leaves d
  end.

Fixpoint seed_ids (next : id) (d : cotangents A) : list (option id) :=
  match d with
  | [] => []
  | None :: d => None :: seed_ids next d
  | Some _ :: d => Some next :: seed_ids (S next) d
  end.

(** The nodes of the new graph and the ids of the cotangents: of the leaves and nodes of the old graph, in order. *)
Definition reverse (leaves : nat) (ns : list node) (d : cotangents A) : list node * list (option id) :=
  let seeds := length (seed_leaves d) in
  let (emitted, gradient) :=
    emit_loop leaves seeds (length ns) ns (leaves + seeds + length ns) (seed_ids leaves d) in
  (map (renamed (shifted leaves seeds)) ns ++ emitted, gradient).

(** ** Its values *)

Lemma extend_app c ns ms : extend c (ns ++ ms) = extend (extend c ns) ms.
Proof. apply fold_left_app. Qed.

Lemma extend_eval (g : graph A) x : extend x (nodes g) = eval g x.
Proof. induction g as [|g IH n]; auto. simpl. rewrite extend_app, IH. reflexivity. Qed.

Lemma extend_front c ns : exists later, extend c ns = c ++ later /\ length later = length ns.
Proof.
  revert c. induction ns as [|n ns IH]; intros c; [exists []; rewrite app_nil_r; auto|].
  destruct (IH (c ++ [value n c])) as [later [H L]]. exists (value n c :: later).
  simpl. unfold extend in *. simpl. rewrite H, <- app_assoc, L. auto.
Qed.

Lemma extend_length c ns : length (extend c ns) = length c + length ns.
Proof. destruct (extend_front c ns) as [later [-> <-]]. apply app_length. Qed.

Lemma extend_nth c ns i : i < length c -> nth i (extend c ns) [] = nth i c [].
Proof. destruct (extend_front c ns) as [later [-> _]]. apply app_nth1. Qed.

Lemma decode_extend c ns ids : within (length c) ids -> decode (extend c ns) ids = decode c ids.
Proof.
  intros H. apply map_ext_in. intros [i|] Hi; auto. simpl.
  unfold within in H. rewrite Forall_forall in H. apply H in Hi. rewrite extend_nth; auto.
Qed.

Lemma within_more k l ids : within k ids -> k <= l -> within l ids.
Proof. intros H Hl. eapply Forall_impl; [|exact H]. intros [i|]; auto. lia. Qed.

Lemma emit_accumulate_sound gradient : forall i contribution c,
  within (length c) gradient -> contribution < length c ->
  let (ns, after) := emit_accumulate (length c) gradient i contribution in
  within (length c + length ns) after /\
  decode (extend c ns) after = accumulate add (decode c gradient) i (nth contribution c []).
Proof.
  induction gradient as [|own gradient IH]; intros i contribution c Hg Hc;
    [split; [constructor|destruct i; reflexivity]|].
  inversion Hg as [|? ? Hown Hrest]; subst. destruct i as [|i].
  - destruct own as [sum|]; simpl.
    + split.
      * constructor; [lia|]. apply (within_more (length c)); auto. lia.
      * pose proof (decode_extend c [sum_node sum contribution] gradient Hrest) as Hd.
        unfold extend in *. simpl in *. rewrite Hd.
        rewrite app_nth2, Nat.sub_diag by lia. simpl. rewrite sum_node_adds. reflexivity.
    + rewrite Nat.add_0_r. split; [constructor; auto|]. reflexivity.
  - specialize (IH i contribution c Hrest Hc).
    assert (H : emit_accumulate (length c) (own :: gradient) (S i) contribution =
      let (ns, after) := emit_accumulate (length c) gradient i contribution in (ns, own :: after))
      by (destruct own; reflexivity).
    rewrite H. destruct (emit_accumulate _ gradient _ _) as [ns after]. destruct IH as [Hw Hd]. split.
    + constructor; auto. destruct own; auto. lia.
    + simpl. f_equal; auto. destruct own as [j|]; simpl; auto. rewrite extend_nth; auto.
Qed.

Lemma emit_scatter_sound is : forall cs gradient c,
  within (length c) gradient -> within (length c) cs ->
  let (ns, after) := emit_scatter (length c) gradient is cs in
  within (length c + length ns) after /\
  decode (extend c ns) after = scatter add (decode c gradient) is (decode c cs).
Proof.
  induction is as [|i is IH]; intros cs gradient c Hg Hcs; simpl.
  - rewrite Nat.add_0_r. auto.
  - destruct cs as [|[contribution|] cs]; simpl; inversion Hcs as [|? ? Hc Hcs']; subst.
    + rewrite Nat.add_0_r. auto.
    + pose proof (emit_accumulate_sound gradient i contribution c Hg Hc) as Ha.
      destruct (emit_accumulate _ _ _ _) as [ns middle]. destruct Ha as [Hw Hd].
      rewrite <- extend_length in Hw.
      assert (Hcs'' : within (length (extend c ns)) cs).
      { apply (within_more (length c)); auto. rewrite extend_length. lia. }
      specialize (IH cs middle (extend c ns) Hw Hcs''). rewrite extend_length in IH.
      destruct (emit_scatter _ _ _ _) as [later after]. destruct IH as [Hw' Hd'].
      rewrite app_length, Nat.add_assoc, extend_app. split; auto.
      rewrite Hd', Hd. rewrite (decode_extend c ns cs) by auto. reflexivity.
    + apply IH; auto.
Qed.

(** The seeds are where their ids say. *)
Lemma decode_seeds d : forall front : context, decode (front ++ seed_leaves d) (seed_ids (length front) d) = d.
Proof.
  induction d as [|[seed|] d IH]; intros front; simpl; auto; f_equal; auto.
  - f_equal. rewrite app_nth2, Nat.sub_diag by lia. reflexivity.
  - specialize (IH (front ++ [seed])). rewrite <- app_assoc, app_length, Nat.add_1_r in IH. exact IH.
Qed.

Lemma seeds_within d : forall next, within (next + length (seed_leaves d)) (seed_ids next d).
Proof.
  induction d as [|[seed|] d IH]; intros next; simpl.
  - constructor.
  - constructor; [lia|]. apply (within_more (S next + length (seed_leaves d))); [apply IH|lia].
  - constructor; auto. apply IH.
Qed.

(** The old nodes compute in the new graph what they compute in the old one. *)
Lemma extend_renamed x s ns : forall later,
  (forall j n, nth_error ns j = Some n -> Forall (fun i => i < length x + length later + j) (operands n)) ->
  extend (x ++ s ++ later) (map (renamed (shifted (length x) (length s))) ns) =
  x ++ s ++ skipn (length x) (extend (x ++ later) ns).
Proof.
  induction ns as [|n ns IH]; intros later Ho.
  - simpl. rewrite skipn_app, skipn_all, Nat.sub_diag. reflexivity.
  - unfold extend in *. cbn [map fold_left].
    replace (value (renamed (shifted (length x) (length s)) n) (x ++ s ++ later)) with (value n (x ++ later)).
    + rewrite <- !app_assoc. rewrite (IH (later ++ [value n (x ++ later)])).
      * reflexivity.
      * intros j m Hm. specialize (Ho (S j) m Hm). rewrite app_length. simpl.
        eapply Forall_impl; [|exact Ho]. simpl. lia.
    + unfold value, operand_values. simpl. rewrite map_map. f_equal. apply map_ext_in. intros i Hi.
      specialize (Ho 0 n eq_refl). rewrite Forall_forall in Ho. apply Ho in Hi. unfold shifted.
      destruct (Nat.ltb_spec i (length x)).
      * rewrite !app_nth1 by lia. reflexivity.
      * rewrite !app_nth2 by lia. f_equal. lia.
Qed.

Lemma nodes_ordered k (g : graph A) : ordered k g ->
  forall j n, nth_error (nodes g) j = Some n -> Forall (fun i => i < k + j) (operands n).
Proof.
  induction g as [|g IH m]; simpl; intros Ho j n Hn; [destruct j; discriminate|].
  destruct Ho as [Hg Hm]. destruct (Nat.lt_ge_cases j (count g)).
  - rewrite nth_error_app1 in Hn by (rewrite nodes_length; lia). eauto.
  - rewrite nth_error_app2 in Hn by (rewrite nodes_length; lia). rewrite nodes_length in Hn.
    destruct (j - count g) as [|l] eqn:Hj; [|destruct l; discriminate].
    injection Hn as <-. replace j with (count g) by lia. auto.
Qed.

(** What is assumed of a graph, for one of its nodes. *)
Lemma rules_at ss g : typed ss g -> rules_emit_vjp ss g -> forall k n, nth_error (nodes g) k = Some n ->
  node_typed (shapes ss g) n /\ emits_vjp (shapes ss g) n /\ nth (length ss + k) (shapes ss g) [] = output n.
Proof.
  induction g as [|g IH m]; simpl; intros Hg Hr k n Hn; [destruct k; discriminate|].
  destruct Hg as [Hg Hm], Hr as [Hr Hrm]. pose proof (shapes_length _ ss g) as Hs.
  destruct (Nat.lt_ge_cases k (count g)).
  - rewrite nth_error_app1 in Hn by (rewrite nodes_length; lia).
    destruct (IH Hg Hr k n Hn) as [Ht [He Ho]].
    split; [apply node_typed_app; auto|]. rewrite app_nth1 by lia. split; auto.
    unfold emits_vjp. rewrite operand_shapes_app by apply Ht. exact He.
  - rewrite nth_error_app2 in Hn by (rewrite nodes_length; lia). rewrite nodes_length in Hn.
    destruct (k - count g) as [|l] eqn:Hk; [|destruct l; discriminate]. injection Hn as ->.
    split; [apply node_typed_app; auto|]. rewrite app_nth2 by lia. replace (_ + k - _) with 0 by lia. split; auto.
    unfold emits_vjp. rewrite operand_shapes_app by apply Hm. exact Hrm.
Qed.

(** The value of a node is what the node makes of the values of its operands. *)
Lemma eval_at (g : graph A) x : ordered (length x) g -> forall k n, nth_error (nodes g) k = Some n ->
  nth (length x + k) (eval g x) [] = fwd n (map (fun i => nth i (eval g x) []) (operands n)).
Proof.
  induction g as [|g IH m]; intros Ho k n Hn; [destruct k; discriminate|].
  pose proof (nodes_ordered _ _ Ho _ _ Hn) as Hi.
  destruct Ho as [Hg Hm]. simpl in *. pose proof (eval_length _ g x) as Hc.
  assert (Hargs : k <= count g -> map (fun i => nth i (eval g x ++ [value m (eval g x)]) []) (operands n) =
    map (fun i => nth i (eval g x) []) (operands n)).
  { intros Hk. apply map_ext_in. intros i Hin. rewrite Forall_forall in Hi. apply Hi in Hin. apply app_nth1. lia. }
  destruct (Nat.lt_ge_cases k (count g)).
  - rewrite nth_error_app1 in Hn by (rewrite nodes_length; lia).
    rewrite Hargs, app_nth1 by lia. auto.
  - rewrite nth_error_app2 in Hn by (rewrite nodes_length; lia). rewrite nodes_length in Hn.
    destruct (k - count g) as [|l] eqn:Hk; [|destruct l; discriminate]. injection Hn as ->.
    rewrite Hargs, app_nth2 by lia. replace (_ + k - _) with 0 by lia. reflexivity.
Qed.

(** What the tape keeps of a node is its rule at the final values. *)
Lemma tape_entry (g : graph A) x : ordered (length x) g -> forall k n, nth_error (nodes g) k = Some n ->
  nth_error (snd (record x (nodes g))) k =
  let c := eval g x in
  Some (Entry (operands n) (vjp n (map (fun i => nth i c []) (operands n)) (nth (length x + k) c []))).
Proof.
  cbv zeta. induction g as [|g IH m]; intros Ho k n Hn; [destruct k; discriminate|].
  pose proof (nodes_ordered _ _ Ho _ _ Hn) as Hi.
  destruct Ho as [Hg Hm]. rewrite tape_Snoc. simpl in *. pose proof (eval_length _ g x) as Hc.
  destruct (Nat.lt_ge_cases k (count g)).
  - rewrite nth_error_app1 in Hn by (rewrite nodes_length; lia).
    rewrite nth_error_app1 by (rewrite tape_length; lia). rewrite (IH Hg k n Hn).
    rewrite app_nth1 by lia. do 3 f_equal. apply map_ext_in. intros i Hin.
    rewrite Forall_forall in Hi. apply Hi in Hin. rewrite app_nth1; auto. lia.
  - rewrite nth_error_app2 in Hn by (rewrite nodes_length; lia). rewrite nodes_length in Hn.
    destruct (k - count g) as [|l] eqn:Hk; [|destruct l; discriminate]. injection Hn as ->.
    rewrite nth_error_app2, tape_length, Hk by (rewrite tape_length; lia). simpl.
    rewrite (app_nth2 (eval g x)), Hc by lia. replace (_ + k - _) with 0 by lia. simpl.
    replace (map _ (operands n)) with (operand_values n (eval g x)); [reflexivity|].
    apply map_ext_in. intros i Hin. rewrite app_nth1; auto. rewrite Forall_forall in Hi. apply Hi in Hin. lia.
Qed.

(** The loop that emits keeps step with the loop that computes. *)
Lemma emit_loop_sound ss (g : graph A) x (s : context) k :
  typed ss g -> rules_emit_vjp ss g -> Forall2 fits ss x -> k <= count g ->
  forall emitted gradient,
  let c := extend (x ++ s ++ skipn (length x) (eval g x)) emitted in
  within (length c) gradient -> Forall2 fits_if_any (shapes ss g) (decode c gradient) ->
  let (ns, after) := emit_loop (length x) (length s) k (nodes g) (length c) gradient in
  decode (extend c ns) after = loop add (length x) k (snd (record x (nodes g))) (decode c gradient).
Proof.
  intros Ht Hr Hx. pose proof (same_length _ _ _ Hx) as Lx.
  assert (Ho : ordered (length x) g) by (rewrite <- Lx; apply typed_ordered; auto).
  induction k as [|k IH]; intros Hk emitted gradient c Hg Hfits; [reflexivity|]. simpl.
  pose proof (eval_length _ g x) as Le.
  assert (Lc : length (x ++ s ++ skipn (length x) (eval g x)) = length x + length s + count g).
  { rewrite !app_length, skipn_length. lia. }
  assert (Hown : nth (length x + k) (decode c gradient) None =
    option_map (fun i => nth i c []) (nth (length x + k) gradient None)).
  { apply (map_nth (option_map (fun i => nth i c [])) gradient None). }
  rewrite Hown.
  destruct (nth_error (nodes g) k) as [n|] eqn:Hn;
    [|apply nth_error_None in Hn; rewrite nodes_length in Hn; lia].
  rewrite (tape_entry g x Ho k n Hn). cbv zeta.
  destruct (nth (length x + k) gradient None) as [dy|] eqn:Hdy; simpl.
  2:{ apply IH; auto. lia. }
  set (new := shifted (length x) (length s)).
  set (xs := map (fun i => nth i (eval g x) []) (operands n)).
  pose proof (nodes_ordered _ _ Ho _ _ Hn) as Hi.
  (* The old values are in the new graph. *)
  assert (Hnew : forall i, i < length x + count g ->
    new i < length c /\ nth (new i) c [] = nth i (eval g x) []).
  { intros i Hin. assert (Hlt : new i < length x + length s + count g).
    { unfold new, shifted. destruct (Nat.ltb_spec i (length x)); lia. }
    split; [unfold c; rewrite extend_length; lia|]. unfold c. rewrite extend_nth by lia.
    rewrite <- (firstn_skipn (length x) (eval g x)) at 2.
    assert (Hfirst : firstn (length x) (eval g x) = x).
    { rewrite <- extend_eval. destruct (extend_front x (nodes g)) as [later [-> _]].
      rewrite firstn_app, Nat.sub_diag, firstn_all. apply app_nil_r. }
    rewrite Hfirst. unfold new, shifted. destruct (Nat.ltb_spec i (length x)).
    - rewrite !app_nth1 by lia. reflexivity.
    - rewrite app_nth2, app_nth2, app_nth2 by lia. f_equal. lia. }
  assert (Hargs : map (fun i => nth i c []) (map new (operands n)) = xs).
  { unfold xs. rewrite map_map. apply map_ext_in. intros i Hop. rewrite Forall_forall in Hi. apply Hi in Hop.
    apply Hnew. lia. }
  destruct (Hnew (length x + k)) as [Hy Hvalue]; [lia|].
  assert (Hdy' : dy < length c).
  { unfold within in Hg. rewrite Forall_forall in Hg. apply (Hg (Some dy)). rewrite <- Hdy. apply nth_In.
    destruct (Nat.lt_ge_cases (length x + k) (length gradient)); auto.
    rewrite nth_overflow in Hdy by lia. discriminate. }
  (* The rule of the node emits its contributions. *)
  destruct (rules_at ss g Ht Hr k n Hn) as [Hnt [Hemits Hshape]].
  assert (Hxs : Forall2 fits (operand_shapes n (shapes ss g)) xs).
  { apply Forall2_pick; [apply eval_typed; auto|apply Hnt]. }
  assert (Hfit : fits (output n) (nth dy c [])).
  { rewrite <- Hshape, Lx.
    pose proof (Forall2_nth _ _ _ [] None (length x + k) Hfits) as H. rewrite Hown in H. apply H.
    rewrite shapes_length. lia. }
  assert (Hy' : nth (length x + k) (eval g x) [] = fwd n xs) by (apply eval_at; auto).
  specialize (Hemits (map new (operands n)) (new (length x + k)) dy c). cbv zeta in Hemits.
  destruct (rule n (map new (operands n)) (new (length x + k)) dy (length c)) as [pulled cs].
  rewrite Hargs, Hvalue in Hemits. destruct Hemits as [Hcs Hpull]; auto.
  { apply Forall_map. eapply Forall_impl; [|exact Hi]. simpl. intros i Hlt. apply Hnew. lia. }
  rewrite <- Hpull.
  assert (Hg' : within (length (extend c pulled)) gradient).
  { rewrite extend_length. apply (within_more (length c)); auto. lia. }
  rewrite <- extend_length in Hcs.
  pose proof (emit_scatter_sound (operands n) cs gradient (extend c pulled) Hg' Hcs) as Hs.
  rewrite extend_length in Hs. destruct (emit_scatter _ _ _ _) as [sums middle]. destruct Hs as [Hw Hd].
  rewrite (decode_extend c pulled gradient) in Hd by auto.
  specialize (IH ltac:(lia) (emitted ++ pulled ++ sums) middle). cbv zeta in IH.
  rewrite !extend_app in IH. fold c in IH.
  rewrite (extend_length (extend c pulled) sums), (extend_length c pulled), Hd in IH. specialize (IH Hw).
  destruct (emit_loop _ _ _ _ _ _) as [rest after]. rewrite !extend_app. apply IH.
  apply scatter_fits; auto; [apply Hnt|]. rewrite Hpull, Hy'. apply Hnt; auto.
Qed.

(** The graph of reverse mode, evaluated on the leaves and the seeds that are there, has the cotangents of the
    definition at the ids it gives for them. *)
Theorem reverse_link ss g x d :
  typed ss g -> rules_emit_vjp ss g -> Forall2 fits ss x -> Forall2 fits_if_any (shapes ss g) d ->
  let (ns, gradient) := reverse (length x) (nodes g) d in
  decode (extend (x ++ seed_leaves d) ns) gradient = backprop add g x d.
Proof.
  intros Ht Hr Hx Hfits. pose proof (same_length _ _ _ Hx) as Lx. pose proof (same_length _ _ _ Hfits) as Hd.
  rewrite shapes_length, Lx in Hd. symmetry in Hd.
  assert (Ho : ordered (length x) g) by (rewrite <- Lx; apply typed_ordered; auto).
  unfold reverse. rewrite nodes_length. set (s := seed_leaves d).
  pose proof (extend_renamed x s (nodes g) []) as Hold. rewrite !app_nil_r, extend_eval in Hold.
  specialize (Hold ltac:(simpl; rewrite Nat.add_0_r; apply nodes_ordered; auto)).
  pose proof (emit_loop_sound ss g x s (count g) Ht Hr Hx (le_n _) [] (seed_ids (length x) d)) as Hloop.
  cbv zeta in Hloop. set (c := x ++ s ++ skipn (length x) (eval g x)) in *.
  change (extend c []) with c in Hloop.
  assert (Lc : length c = length x + length s + count g).
  { unfold c. rewrite !app_length, skipn_length, eval_length. lia. }
  assert (Hseeds : decode c (seed_ids (length x) d) = d).
  { unfold c. rewrite app_assoc. transitivity (decode (x ++ s) (seed_ids (length x) d)); [|apply decode_seeds].
    apply map_ext_in. intros [i|] Hi; auto. simpl. rewrite app_nth1; auto. rewrite app_length.
    pose proof (seeds_within d (length x)) as Hw. unfold within in Hw. rewrite Forall_forall in Hw.
    apply Hw in Hi. auto. }
  rewrite Lc, Hseeds in Hloop.
  specialize (Hloop ltac:(apply (within_more (length x + length s)); [apply seeds_within|lia]) Hfits).
  destruct (emit_loop _ _ _ _ _ _) as [emitted gradient].
  rewrite extend_app, Hold, Hloop, <- (link A add g x d Ho Hd). unfold backward. rewrite tape_length. reflexivity.
Qed.

End Reverse.

Arguments extend {A}.
Arguments decode {A}.
Arguments seed_leaves {A}.
Arguments rules_emit_vjp {A}.
Arguments reverse {A}.
