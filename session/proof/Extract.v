(** * The model as a program

    Definition, tape and [reverse] as OCaml, for [compare.ml]. A natural number becomes an [int]: positions are far
    below its bound. *)

From Coq Require Extraction.
From Coq Require Import ExtrOcamlBasic ExtrOcamlNatInt.
From SessionProof Require Import Tensor Graph Derivative Tape Reverse.

Extraction Language OCaml.
Extraction "model.ml" eval nodes record backprop backward tangents reverse.
