//! Files of the reference implementation, round trips, and every way to be malformed.

use proptest::prelude::*;

use super::*;
use crate::io::Scratch;

/// What `safetensors.numpy.save` of version 0.8 writes for four tensors.
const REFERENCE: &[u8] = b"\x08\x01\x00\x00\x00\x00\x00\x00{\"__metadata__\":{\"format\":\"np\"},\
    \"steps\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},\
    \"b\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},\
    \"empty\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[12,12]},\
    \"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[12,28]}}    \
    \x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80>\x00\x00\xc0?\x00\x00\x00\xc0\x00\x00@@\x00\x00\x80@";

fn shape(dims: &[usize]) -> DynShape {
    DynShape::new(dims)
}

/// A file with this header and this many bytes of data.
fn file(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

fn load_bytes(bytes: &[u8], wanted: &[(&str, DynShape)]) -> Result<Vec<DynTensor<f32>>, Error> {
    let scratch = Scratch::new();
    load(scratch.file("model", bytes), wanted)
}

#[test]
fn files_of_the_reference_implementation_are_read() {
    let wanted = [("w", shape(&[2, 2])), ("b", shape(&[])), ("empty", shape(&[0, 3]))];
    let tensors = load_bytes(REFERENCE, &wanted).unwrap();
    assert_eq!(tensors[0], DynTensor::new(shape(&[2, 2]), vec![1.5, -2.0, 3.0, 4.0]).unwrap());
    assert_eq!(tensors[1].as_slice(), [0.25]);
    assert!(tensors[2].as_slice().is_empty());
}

#[test]
fn the_bytes_written_are_those_of_the_format() {
    let scratch = Scratch::new();
    let path = scratch.path().join("model");
    save(&path, &[("w", shape(&[1, 2]), &[1.0_f32, -2.0])]).unwrap();
    let mut expected = file(r#"{"w":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}}"#, 0);
    expected.extend_from_slice(b"\x00\x00\x80?\x00\x00\x00\xc0");
    assert_eq!(std::fs::read(path).unwrap(), expected);
}

#[test]
fn what_is_missing_or_different_is_named() {
    let scratch = Scratch::new();
    let path = scratch.file("model", REFERENCE);
    let message = |name, dims: &[usize]| {
        let error = load::<f32>(&path, &[("b", shape(&[])), (name, shape(dims))]).unwrap_err();
        error.to_string().replace(&path.display().to_string(), "FILE")
    };
    let missing = r#"FILE: no tensor `v`; it holds ["steps", "b", "empty", "w"]"#;
    assert_eq!(message("v", &[2]), missing);
    assert_eq!(message("w", &[4]), "FILE: tensor `w` has shape [2, 2], expected [4]");
    assert_eq!(message("steps", &[1]), "FILE: tensor `steps` has dtype I64, expected F32");
    let error = load::<f64>(&path, &[("w", shape(&[2, 2]))]).unwrap_err();
    assert!(matches!(error, Error::DtypeMismatch { expected: "F64", ref found, .. } if found == "F32"));
    assert!(matches!(load_all::<f32>(&path), Err(Error::DtypeMismatch { ref tensor, .. }) if tensor == "steps"));
}

#[test]
fn a_file_cut_off_anywhere_is_truncated() {
    for length in 0..REFERENCE.len() {
        let error = load_bytes(&REFERENCE[..length], &[]).unwrap_err();
        let whole = [8, 272, 300][usize::from(length >= 8) + usize::from(length >= 272)];
        let found_whole =
            matches!(error, Error::Truncated { expected, found, .. } if (expected, found) == (whole, length as u64));
        assert!(found_whole, "{length}: {error}");
    }
    let longer = [REFERENCE, &[0]].concat();
    assert!(matches!(load_bytes(&longer, &[]), Err(Error::TrailingBytes { expected: 300, .. })));
}

#[test]
fn a_malformed_header_is_refused_with_the_reason() {
    let cases = [
        ("[]", 0, "its header is not a JSON object"),
        (r#"{"a""#, 0, "its header is not a JSON object"),
        (r#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "tensor `a` has no `data_offsets` that are a list of places"),
        (r#"{"a":[]}"#, 4, "tensor `a` is not described by a JSON object"),
        (r#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "`shape` that is a list of sizes"),
        (r#"{"a":{"shape":[1],"data_offsets":[0,4],"shape":[1]}}"#, 4, "tensor `a` has two entries `shape`"),
        (r#"{"__metadata__":{"k":"1","k":"2"}}"#, 0, "its metadata has two texts `k`"),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "data offsets [4, 0]"),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}"#, 4, "data offsets"),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "of shape [2] and dtype F32 has 4 bytes"),
        (r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, "has 0 bytes"),
        (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "`a` does not start where"),
        (
            r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4,
            "`b` does not start where",
        ),
    ];
    for (header, data, reason) in cases {
        let error = load_bytes(&file(header, data), &[]).unwrap_err();
        assert!(matches!(error, Error::NotSafetensors { .. }), "{header}: {error:?}");
        assert!(error.to_string().contains(reason), "{header}: {error}");
    }
    // Where the JSON goes wrong, and what would overflow the stack.
    for (header, place) in [(r#"{"a":[}"#, "position 6"), (r#"{"a""#, "position 4"), (&"[".repeat(1 << 20), "depth")] {
        let error = load_bytes(&file(header, 0), &[]).unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
    let twice = r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let error = load_bytes(&file(twice, 0), &[]).unwrap_err();
    assert!(error.to_string().ends_with("its header has two entries `a`"), "{error}");
    let error = load_bytes(b"PK\x03\x04 not a safetensors file", &[]).unwrap_err();
    assert!(matches!(error, Error::NotSafetensors { .. }), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = load::<f32>("/no/such/file", &[]).unwrap_err();
    assert!(error.to_string().starts_with("/no/such/file: "));
    let error = save::<f32>("/no/such/file", &[]).unwrap_err();
    assert!(error.to_string().starts_with("/no/such/file: "));
}

#[test]
fn what_cannot_be_saved_leaves_the_old_file() {
    let scratch = Scratch::new();
    let path = scratch.file("model", REFERENCE);
    let scalar = shape(&[]);
    for name in ["a", METADATA] {
        let error = save(&path, &[("a", scalar, &[1.0_f32]), (name, scalar, &[2.0])]).unwrap_err();
        assert!(matches!(error, Error::TensorName { ref tensor, .. } if tensor == name));
    }
    let error = save(&path, &[("a", shape(&[3]), &[1.0_f32])]).unwrap_err();
    assert_eq!(error.to_string(), "the data for tensor `a` of shape [3] has 1 elements, expected 3");
    assert_eq!(std::fs::read(path).unwrap(), REFERENCE);
}

#[test]
fn nine_axes_are_too_many() {
    let header = r#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#;
    let scratch = Scratch::new();
    let path = scratch.file("model", &file(header, 4));
    assert!(matches!(load_all::<f32>(path), Err(Error::TooManyAxes { found: 9, .. })));
}

proptest! {
    // Each case waits twice for the disk.
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn every_bit_survives_the_round_trip(
        single in proptest::collection::vec(any::<f32>(), 6),
        double in proptest::collection::vec(any::<f64>(), 0..5),
        name in "(\\PC|\\pC)*",
    ) {
        let scratch = Scratch::new();
        let path = scratch.path().join("model");
        let (a, b) = (shape(&[2, 3]), shape(&[1, 6, 1]));
        save(&path, &[("first", a, &single), (&name, b, &single)]).unwrap();
        let read = load_all::<f32>(&path).unwrap();
        prop_assert_eq!(&read[1].0, &name);
        for ((_, tensor), dims) in read.iter().zip([a, b]) {
            prop_assert_eq!(tensor.shape(), dims);
            prop_assert!(tensor.as_slice().iter().zip(&single).all(|(x, y)| x.bits() == y.bits()));
        }
        let c = shape(&[double.len()]);
        save(&path, &[(&name, c, &double)]).unwrap();
        let read = load::<f64>(&path, &[(&name, c)]).unwrap();
        prop_assert!(read[0].as_slice().iter().zip(&double).all(|(x, y)| x.bits() == y.bits()));
    }

}

proptest! {
    #[test]
    fn a_changed_byte_never_panics(at in 0..REFERENCE.len(), byte in any::<u8>()) {
        let mut bytes = REFERENCE.to_vec();
        bytes[at] = byte;
        let scratch = Scratch::new();
        let _ = load_all::<f32>(scratch.file("model", &bytes));
    }
}
