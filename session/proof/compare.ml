(* The extracted model on the graphs that tests/examples/proof_cases.rs prints; its head describes the lines.

   compare CASES          runs every graph and compares every entry with what the Rust tape gave
   compare CASES FAULT    the same with a fault planted, one of [faults] below

   Exits with 0 if everything agrees, 1 if something differs, 2 if the file is not as described. *)

open Model

(* A file that is not as described. *)
exception Malformed of string

let malformed format = Printf.ksprintf (fun text -> raise (Malformed text)) format

(* Terms, stored once: the scalars. Equal numbers are equal expressions. No law holds for them. *)
module Term = struct
  type form = { head : string; operands : int list }

  let known : (form, int) Hashtbl.t = Hashtbl.create 4096
  let forms : (int, form) Hashtbl.t = Hashtbl.create 4096

  let clear () =
    Hashtbl.reset known;
    Hashtbl.reset forms

  let make head operands =
    let form = { head; operands } in
    match Hashtbl.find_opt known form with
    | Some term -> term
    | None ->
        let term = Hashtbl.length known in
        Hashtbl.add known form term;
        Hashtbl.add forms term form;
        term

  let add a b = make "+" [ a; b ]

  (* The position of a variable, "x7". *)
  let variable { head; operands } =
    if operands = [] && head <> "" && head.[0] = 'x' then
      int_of_string_opt (String.sub head 1 (String.length head - 1))
    else None

  (* Terms with their variables replaced by the arguments with their positions. *)
  let substitute arguments terms =
    let arguments = Array.of_list arguments in
    let replaced = Hashtbl.create 64 in
    let rec go term =
      match Hashtbl.find_opt replaced term with
      | Some result -> result
      | None ->
          let form = Hashtbl.find forms term in
          let result =
            match variable form with
            | Some position when position < Array.length arguments -> arguments.(position)
            | Some _ -> malformed "a rule reads more than it is given"
            | None -> make form.head (List.map go form.operands)
          in
          Hashtbl.add replaced term result;
          result
    in
    List.map go terms
end

type tensor = int list

(* A node as the file gives it; the mutable lists have the last line first. *)
type rule = {
  name : string;
  elements : int;
  ids : int list;
  mutable value : tensor;
  mutable pulls : tensor option list;
  mutable emits : (string * int list) list;
  mutable flows : int option list;
  mutable push : tensor option option; (* None: the rule must not run *)
}

(* The node of the model that does what the rules say. [given] is which operands have a tangent. *)
let node given rule =
  {
    output = [ rule.elements ];
    operands = rule.ids;
    fwd = (fun xs -> Term.substitute (List.concat xs) rule.value);
    vjp =
      (fun xs y dy ->
        let arguments = List.concat (xs @ [ y; dy ]) in
        List.rev_map (Option.map (Term.substitute arguments)) rule.pulls);
    jvp =
      (fun xs y ts ->
        if List.map is_some ts <> given then malformed "%s: other operands have tangents" rule.name;
        match rule.push with
        | None -> malformed "%s: the forward rule should not run" rule.name
        | Some tangent ->
            let arguments = List.concat (xs @ [ y ] @ List.filter_map Fun.id ts) in
            Option.map (Term.substitute arguments) tangent);
  }

(* A node of the model where only the operation and its operands matter: the name of the operation, as a term, is its
   value. [output] is free to say which rule of the graph is its own. *)
let nominal ?(output = []) (name, operands) =
  let value = [ Term.make name [] ] in
  { output; operands; fwd = (fun _ -> value); vjp = (fun _ _ _ -> []); jvp = (fun _ _ _ -> None) }

(* What a nominal node shows of itself. *)
let shown node = (node.fwd [], node.operands)

(* The reverse rule as the nodes it emits, for the nominal node of one of the rules. *)
let emission rules node operands value cotangent next =
  let rule = List.nth rules (List.hd node.output) in
  let given = Array.of_list (operands @ [ value; cotangent ]) in
  let id local = if local < Array.length given then given.(local) else next + local - Array.length given in
  let emitted = List.rev_map (fun (name, ids) -> nominal (name, List.map id ids)) rule.emits in
  (emitted, List.rev_map (Option.map id) rule.flows)

(* One graph of the file; lists are in the order of the lines once it is complete. *)
type case = {
  number : string;
  leaves : tensor list;
  rules : rule list;
  seeds : tensor option list;
  directions : tensor option list;
  values : tensor list;
  cotangents : tensor option list;
  tangents : tensor option list;
  joined : (string * int list) list;
  gradient : int option list;
}

let empty number =
  {
    number;
    leaves = [];
    rules = [];
    seeds = [];
    directions = [];
    values = [];
    cotangents = [];
    tangents = [];
    joined = [];
    gradient = [];
  }

let complete case =
  {
    case with
    leaves = List.rev case.leaves;
    rules = List.rev case.rules;
    seeds = List.rev case.seeds;
    directions = List.rev case.directions;
    values = List.rev case.values;
    cotangents = List.rev case.cotangents;
    tangents = List.rev case.tangents;
    joined = List.rev case.joined;
    gradient = List.rev case.gradient;
  }

(* Reads one graph; None at the end of the file. *)
let read channel =
  Term.clear ();
  let terms = ref [||] and count = ref 0 in
  let define term =
    if !count = Array.length !terms then terms := Array.append !terms (Array.make (max 64 !count) 0);
    !terms.(!count) <- term;
    incr count
  in
  let number word =
    match int_of_string_opt word with Some number -> number | None -> malformed "not a number: %s" word
  in
  let term word =
    let index = number word in
    if index < !count then !terms.(index) else malformed "there is no term %d yet" index
  in
  let tensor = List.map term in
  let optional = function
    | "some" :: words -> Some (tensor words)
    | [ "none" ] -> None
    | words -> malformed "neither some nor none: %s" (String.concat " " words)
  in
  let id = function
    | [ "none" ] -> None
    | [ word ] -> Some (number word)
    | words -> malformed "not an id: %s" (String.concat " " words)
  in
  let last case = match case.rules with rule :: _ -> rule | [] -> malformed "a rule without a node" in
  let rec lines case =
    match String.split_on_char ' ' (input_line channel) with
    | "term" :: head :: operands ->
        define (Term.make head (tensor operands));
        lines case
    | "leaf" :: words -> lines { case with leaves = tensor words :: case.leaves }
    | "node" :: name :: elements :: ids ->
        let elements = number elements and ids = List.map number ids in
        let rule = { name; elements; ids; value = []; pulls = []; emits = []; flows = []; push = None } in
        lines { case with rules = rule :: case.rules }
    | "value" :: words ->
        (last case).value <- tensor words;
        lines case
    | "pull" :: words ->
        let rule = last case in
        rule.pulls <- optional words :: rule.pulls;
        lines case
    | "emit" :: name :: ids ->
        let rule = last case in
        rule.emits <- (name, List.map number ids) :: rule.emits;
        lines case
    | "flow" :: words ->
        let rule = last case in
        rule.flows <- id words :: rule.flows;
        lines case
    | "push" :: words ->
        (last case).push <- Some (optional words);
        lines case
    | "seed" :: words -> lines { case with seeds = optional words :: case.seeds }
    | "direction" :: words -> lines { case with directions = optional words :: case.directions }
    | "is" :: words -> lines { case with values = tensor words :: case.values }
    | "cotangent" :: words -> lines { case with cotangents = optional words :: case.cotangents }
    | "tangent" :: words -> lines { case with tangents = optional words :: case.tangents }
    | "joined" :: name :: ids -> lines { case with joined = (name, List.map number ids) :: case.joined }
    | "gradient" :: words -> lines { case with gradient = id words :: case.gradient }
    | [ "end" ] -> complete case
    | words -> malformed "what is `%s`" (String.concat " " words)
  in
  match input_line channel with
  | exception End_of_file -> None
  | line -> (
      match String.split_on_char ' ' line with
      | [ "graph"; number ] -> Some (lines (empty number))
      | _ -> malformed "a graph should begin: %s" line)

(* What the model is given, and its loop. *)
type fault = {
  addition : int -> int -> int;
  altered : int node -> int node;
  seeding : case -> tensor option list;
  tape : (int -> int -> int) -> tensor list -> int node list -> tensor option list -> tensor option list;
  sum_node : int -> int -> int node;
}

let sum_node a b = nominal ("add", [ a; b ])
let right = { addition = Term.add; altered = Fun.id; seeding = (fun case -> case.seeds); tape = backward; sum_node }

(* Ways to be wrong, each of which the comparison has to notice. *)
let faults =
  let zeros value = List.map (fun _ -> Term.make "0" []) value in
  [
    ("the last contribution replaces the others", { right with addition = (fun _ last -> last) });
    ("contributions after the first are lost", { right with addition = (fun first _ -> first) });
    ("a contribution is added on the left", { right with addition = (fun sum last -> Term.add last sum) });
    ("the graph adds a contribution on the left", { right with sum_node = (fun a b -> sum_node b a) });
    ( "operands receive in reverse order",
      let altered node =
        let reversed xs y dy = List.rev (node.vjp (List.rev xs) y dy) in
        { node with operands = List.rev node.operands; fwd = (fun xs -> node.fwd (List.rev xs)); vjp = reversed }
      in
      { right with altered } );
    ( "the loop goes upwards",
      let tape add leaves list seeds =
        let step (d, id) entry =
          match nth id d None with
          | None -> (d, id + 1)
          | Some dy -> (scatter add d entry.parents (entry.pull dy), id + 1)
        in
        fst (List.fold_left step (seeds, List.length leaves) (snd (record leaves list)))
      in
      { right with tape } );
    ( "unreached nodes run",
      let or_zeros seed value = Some (Option.value seed ~default:(zeros value)) in
      let seeding case = List.map2 or_zeros case.seeds case.values in
      { right with seeding } );
    ( "only the last seed counts",
      let seeding case =
        let keep (seeds, found) seed = if found then (None :: seeds, true) else (seed :: seeds, is_some seed) in
        fst (List.fold_left keep ([], false) (List.rev case.seeds))
      in
      { right with seeding } );
  ]

(* Which entries differ. *)
let differences what case expected found =
  let difference id a b = if a = b then None else Some (Printf.sprintf "graph %s: %s %%%d" case.number what id) in
  if List.compare_lengths expected found <> 0 then [ Printf.sprintf "graph %s: the number of %s" case.number what ]
  else List.filter_map Fun.id (List.mapi (fun id (a, b) -> difference id a b) (List.combine expected found))

(* The graph of reverse mode, node for node. *)
let check_reverse fault case seeds =
  let old = List.mapi (fun index rule -> nominal ~output:[ index ] (rule.name, rule.ids)) case.rules in
  let joined, gradient = reverse fault.sum_node (emission case.rules) (List.length case.leaves) old seeds in
  let expected = List.map (fun node -> shown (nominal node)) case.joined in
  differences "the node of reverse mode, after its leaves," case expected (List.map shown joined)
  @ differences "the id of the cotangent" case case.gradient gradient

(* Everything that the model computes, compared with what the tape computed. *)
let check fault case =
  let given rule = List.map (fun id -> is_some (List.nth case.tangents id)) rule.ids in
  let right = List.map (fun rule -> node (given rule) rule) case.rules in
  let graph_of = List.fold_left (fun graph node -> Snoc (graph, node)) Empty in
  let graph = graph_of (List.map fault.altered right) and seeds = fault.seeding case in
  let list = nodes graph in
  List.concat
    [
      differences "the value, by definition," case case.values (eval graph case.leaves);
      differences "the value, by the tape's pass," case case.values (fst (record case.leaves list));
      differences "the cotangent, by definition," case case.cotangents (backprop fault.addition graph case.leaves seeds);
      differences "the cotangent, by the loop," case case.cotangents (fault.tape fault.addition case.leaves list seeds);
      check_reverse fault case seeds;
      differences "the tangent" case case.tangents (tangents (graph_of right) case.leaves case.directions);
    ]

(* What the graphs exercise: a comparison of nothing would agree. *)
type coverage = {
  mutable graphs : int;
  mutable entries : int;
  mutable missing : int; (* cotangents that are None *)
  mutable unreached : int; (* nodes whose rule does not run *)
  mutable shared : int; (* values that more than one operand names *)
  mutable seeded : int; (* seeds at values that others use *)
  names : (string, unit) Hashtbl.t;
}

let coverage =
  { graphs = 0; entries = 0; missing = 0; unreached = 0; shared = 0; seeded = 0; names = Hashtbl.create 128 }

let count case =
  coverage.graphs <- coverage.graphs + 1;
  let used = List.concat_map (fun rule -> rule.ids) case.rules in
  let uses id = List.length (List.filter (( = ) id) used) in
  let first = List.length case.leaves in
  let kind name = List.hd (String.split_on_char ',' name) in
  List.iter (fun rule -> Hashtbl.replace coverage.names (kind rule.name) ()) case.rules;
  List.iteri
    (fun id (cotangent, seed) ->
      coverage.entries <- coverage.entries + 1;
      if cotangent = None then begin
        coverage.missing <- coverage.missing + 1;
        if id >= first then coverage.unreached <- coverage.unreached + 1
      end;
      if uses id > 1 then coverage.shared <- coverage.shared + 1;
      if is_some seed && uses id > 0 then coverage.seeded <- coverage.seeded + 1)
    (List.combine case.cotangents case.seeds)

let report () =
  let c = coverage in
  Printf.printf
    "%d graphs agree: %d values, %d kinds of operations; %d entries without a cotangent, %d nodes passed over, %d values \
     used more than once, %d seeds at values that others use\n"
    c.graphs c.entries (Hashtbl.length c.names) c.missing c.unreached c.shared c.seeded;
  let enough = c.graphs >= 200 && Hashtbl.length c.names >= 8 in
  if not (enough && List.for_all (fun n -> n >= 100) [ c.missing; c.unreached; c.shared; c.seeded ]) then
    malformed "these graphs exercise too little"

let run path fault =
  let channel = open_in path in
  let rec go found =
    match read channel with
    | None -> found
    | Some case ->
        count case;
        go (List.rev_append (check fault case) found)
  in
  let found = List.rev (go []) in
  close_in channel;
  found

let () =
  match Array.to_list Sys.argv with
  | [ _; "--faults" ] -> List.iter (fun (name, _) -> print_endline name) faults
  | _ :: path :: rest -> (
      let fault =
        match rest with
        | [] -> right
        | name :: _ -> (
            match List.assoc_opt name faults with
            | Some fault -> fault
            | None -> prerr_endline ("there is no fault named " ^ name); exit 2)
      in
      match run path fault with
      | [] -> report ()
      | found ->
          List.iteri (fun index text -> if index < 10 then prerr_endline text) found;
          Printf.eprintf "%d entries differ\n" (List.length found);
          exit 1
      | exception Malformed text ->
          prerr_endline text;
          exit 2)
  | _ ->
      prerr_endline "compare CASES [FAULT]";
      exit 2
