//! Tensors against what NumPy and PyTorch do with the same numbers.

use proptest::prelude::*;
use shapes::{Dim, Shape};

use super::{DynTensor, Tensor};
use crate::Error;
use crate::ir::DynShape;
use crate::random::Rng;

type Matrix = Tensor<f32, (Dim<2>, Dim<3>)>;

fn matrix() -> Matrix {
    Tensor::from_array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
}

#[test]
fn arrays_of_every_rank_are_row_major() {
    let cube = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]];
    let t = Tensor::<f64, (Dim<2>, Dim<2>, Dim<2>)>::from_array(cube);
    assert_eq!(t.as_slice(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let one = Dim::<1>;
    let shape = (one, one, one, one, one, one, Dim::<2>, Dim::<3>);
    fn of<S: Shape>(_: S, t: Tensor<f32, S>) -> Vec<f32> {
        t.to_vec()
    }
    let t = Tensor::from_array([[[[[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]]]]]);
    assert_eq!(of(shape, t), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert!(Tensor::<f32, (Dim<0>,)>::from_array([]).as_slice().is_empty());
    assert_eq!(Tensor::<f32, ()>::from_array(2.5).value(), 2.5);
}

#[test]
fn from_fn_visits_positions_in_row_major_order() {
    let t = Tensor::<f64, (Dim<2>, Dim<3>, Dim<2>)>::from_fn(|[i, j, k]| (100 * i + 10 * j + k) as f64);
    let expected = [0.0, 1.0, 10.0, 11.0, 20.0, 21.0, 100.0, 101.0, 110.0, 111.0, 120.0, 121.0];
    assert_eq!(t.as_slice(), expected);
    assert_eq!(t[[1, 2, 0]], 120.0);
    assert_eq!(Tensor::<f32, ()>::from_fn(|[]| 3.0)[[]], 3.0);
}

#[test]
#[should_panic(expected = "position [1, 3] is outside shape [2, 3]")]
fn a_position_outside_is_the_programmers_error() {
    let _ = matrix()[[1, 3]];
}

#[test]
fn tensors_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Matrix>();
    crosses::<DynTensor<f64>>();
}

#[test]
fn a_panic_names_the_callers_line() {
    let place = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (seen, here) = (place.clone(), std::thread::current().id());
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            *seen.lock().unwrap() = info.location().map(|place| (place.file().to_owned(), place.line()));
        } else {
            previous(info);
        }
    }));
    let line = line!() + 1;
    let _ = std::panic::catch_unwind(|| matrix()[[2, 0]]);
    let _ = std::panic::take_hook();
    assert_eq!(place.lock().unwrap().take(), Some((file!().to_owned(), line)));
}

#[test]
fn a_clone_shares_until_one_changes() {
    let a = matrix();
    let mut b = a.clone();
    assert_eq!(a.as_slice().as_ptr(), b.as_slice().as_ptr());
    b[[0, 0]] = 9.0;
    assert_eq!((a[[0, 0]], b[[0, 0]]), (1.0, 9.0));
    let place = b.as_slice().as_ptr();
    let b = b * 2.0 + &a;
    assert_eq!(b.as_slice().as_ptr(), place, "an unshared tensor is changed in place");
    assert_eq!(b.as_slice(), [19.0, 6.0, 9.0, 12.0, 15.0, 18.0]);
}

#[test]
fn operands_keep_their_order_owned_or_not() {
    let (a, b) = (matrix(), matrix() * 2.0);
    let expected = [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0];
    for difference in [&a - &b, a.clone() - &b, &a - b.clone(), a.clone() - b.clone(), -&a, -a.clone()] {
        assert_eq!(difference.as_slice(), expected);
    }
    let expected = [4.0, 3.0, 2.0, 1.0, 0.0, -1.0];
    assert_eq!((5.0 - &a).as_slice(), expected);
    assert_eq!((5.0 - a.clone()).as_slice(), expected);
    assert_eq!((-(&a - 5.0)).as_slice(), expected);
    assert_eq!((&b / &a).as_slice(), [2.0; 6]);
    assert_eq!((60.0 / &a * &a / 60.0), Matrix::ones());
    let mut c = a.clone();
    c += &b;
    c -= &a;
    c *= &b;
    c /= &b;
    assert_eq!(c, b);
}

#[test]
fn argmax_takes_the_first_of_equals_and_nan_first_of_all() {
    let t = Tensor::<f32, _>::from_array([
        [1.0, 3.0, 3.0],
        [5.0, f32::NAN, f32::NAN],
        [f32::NEG_INFINITY, f32::NEG_INFINITY, -1e30],
        [0.0, -0.0, 0.0],
    ]);
    assert_eq!((t.argmax(), t.argmax_last()), (4, vec![1, 1, 2, 0]));
    assert_eq!((Tensor::<f32, ()>::ones().argmax(), Tensor::<f32, ()>::ones().argmax_last()), (0, vec![0]));
    assert!(Tensor::<f32, (Dim<0>, Dim<3>)>::ones().argmax_last().is_empty());
    assert_eq!(Tensor::<f32, (Dim<2>, Dim<2>, Dim<2>)>::ones().argmax_last(), [0; 4]);
    assert_eq!(Tensor::<f32, _>::from_array([[1.0, 2.0], [3.0, -4.0]]).argmax(), 2);
    let t = t.into_dyn();
    assert_eq!((t.argmax(), t.argmax_last()), (Some(4), Some(vec![1, 1, 2, 0])));
    let empty = DynTensor::<f32>::new(DynShape::new(&[2, 0]), Vec::new()).unwrap();
    assert_eq!((empty.argmax(), empty.argmax_last()), (None, None));
    let empty = DynTensor::<f32>::new(DynShape::new(&[0, 2]), Vec::new()).unwrap();
    assert_eq!((empty.argmax(), empty.argmax_last()), (None, Some(Vec::new())));
}

#[test]
#[should_panic(expected = "argmax over the last axis of shape [2, 0]")]
fn argmax_of_rows_of_nothing_is_the_programmers_error() {
    Tensor::<f32, (Dim<2>, Dim<0>)>::ones().argmax_last();
}

#[test]
#[should_panic(expected = "argmax of shape [0, 3]")]
fn argmax_of_nothing_is_the_programmers_error() {
    Tensor::<f32, (Dim<0>, Dim<3>)>::ones().argmax();
}

#[test]
fn accuracy_is_the_share_of_rows_at_their_label() {
    let logits =
        Tensor::<f64, _>::from_array([[1.0, 2.0, 0.0], [0.0, f64::NAN, 9.0], [4.0, 4.0, 4.0], [0.0, 0.0, 1.0]]);
    assert_eq!(logits.accuracy(&[1, 1, 0, 2]).unwrap(), 1.0);
    assert_eq!(logits.accuracy(&[1, 2, 1, 2]).unwrap(), 0.5);
    let dynamic = logits.clone().into_dyn();
    assert_eq!(dynamic.accuracy(&[0, 1, 0, 2]).unwrap(), 0.75);
    for (found, message) in [
        (logits.accuracy(&[1, 1, 0]), "the list of labels has 3 elements, expected 4"),
        (logits.accuracy(&[1, 3, 5, 0]), "the label 3 at position 1 must be below 3"),
        (dynamic.accuracy(&[1, 1, 0, 3]), "the label 3 at position 3 must be below 3"),
        (
            DynTensor::new(DynShape::new(&[12]), vec![0.0_f32; 12]).unwrap().accuracy(&[0; 12]),
            "the tensor of logits has shape [12], expected 2 axes",
        ),
        (Tensor::<f32, (Dim<1>, Dim<0>)>::ones().accuracy(&[0]), "the label 0 at position 0 must be below 0"),
    ] {
        assert_eq!(found.unwrap_err().to_string(), message);
    }
    assert!(Tensor::<f32, (Dim<0>, Dim<3>)>::ones().accuracy(&[]).unwrap().is_nan());
}

#[test]
fn a_wrong_length_or_shape_is_an_error() {
    assert!(matches!(Matrix::from_slice(&[1.0]), Err(Error::LengthMismatch { expected: 6, found: 1, .. })));
    assert!(matches!(Matrix::from_vec(vec![0.0; 7]), Err(Error::LengthMismatch { expected: 6, found: 7, .. })));
    let shape = DynShape::new(&[3, 2]);
    assert!(DynTensor::new(shape, vec![0.0_f32; 5]).is_err());
    let tensor = DynTensor::new(shape, vec![0.0; 6]).unwrap();
    let error = Matrix::try_from(tensor).unwrap_err();
    assert_eq!(error.to_string(), "the tensor has shape [3, 2], expected [2, 3]");
}

#[test]
fn a_shape_too_large_to_count_is_an_error() {
    let large = usize::MAX / 2;
    assert!(DynTensor::new(DynShape::new(&[large, 4]), vec![0.0_f32; 2]).is_err());
    // Not even where another size is 0: a part of the shape cannot be counted.
    assert!(DynTensor::new(DynShape::new(&[large, 4, 0]), Vec::<f32>::new()).is_err());
}

#[test]
fn uniform_stays_between_its_bounds() {
    let t = Tensor::<f32, (Dim<1000>,)>::uniform(-2.0, 3.0, &mut Rng::new(4));
    assert!(t.as_slice().iter().all(|x| (-2.0..=3.0).contains(x)));
    assert!(t.as_slice().iter().any(|x| *x < -1.5) && t.as_slice().iter().any(|x| *x > 2.5));
}

#[test]
#[should_panic(expected = "no uniform distribution over 1..0")]
fn bounds_in_the_wrong_order_are_the_programmers_error() {
    Tensor::<f32, (Dim<1>,)>::uniform(1.0, 0.0, &mut Rng::new(4));
}

// The expected texts are NumPy's `str` of the same arrays.

#[test]
fn printed_as_numpy_prints() {
    assert_eq!(matrix().to_string(), "[[1. 2. 3.]\n [4. 5. 6.]]");
    let t = Tensor::<f32, _>::from_array([1.1, -20.25, 0.0, 100.0]);
    assert_eq!(t.to_string(), "[  1.1  -20.25   0.   100.  ]");
    assert_eq!(format!("{t:.1}"), "[  1.1 -20.2   0.  100. ]");
    let t = Tensor::<f64, _>::from_array([1.0 / 3.0, 2.0 / 3.0]);
    assert_eq!(t.to_string(), "[0.33333333 0.66666667]");
    let t = Tensor::<f32, _>::from_array([1.0 / 3.0, 2.0 / 3.0]);
    assert_eq!(t.to_string(), "[0.33333334 0.6666667 ]");
    let t = Tensor::<f64, _>::from_array([1e-5, 1.0, -123456.789]);
    assert_eq!(t.to_string(), "[ 1.00000000e-05  1.00000000e+00 -1.23456789e+05]");
    let t = Tensor::<f64, _>::from_array([f64::NAN, 1.0, f64::NEG_INFINITY]);
    assert_eq!(t.to_string(), "[ nan   1. -inf]");
    assert_eq!(Tensor::<f64, _>::from_array([f64::NAN, f64::INFINITY]).to_string(), "[nan inf]");
    assert_eq!(Tensor::<f64, _>::from_array([1e10, 1.5]).to_string(), "[1.0e+10 1.5e+00]");
    assert_eq!(Tensor::<f64, _>::from_array([[[1.0], [2.0]], [[3.0], [4.0]]]).to_string(), CUBE);
    assert_eq!(Tensor::<f64, (Dim<0>, Dim<3>)>::zeros().to_string(), "[]");
    assert_eq!(Tensor::<f64, ()>::from_array(1.0).to_string(), "1.0");
    assert_eq!(format!("{:?}", matrix()), "Tensor<f32> [2, 3]\n[[1. 2. 3.]\n [4. 5. 6.]]");
}

const CUBE: &str = "[[[1.]\n  [2.]]\n\n [[3.]\n  [4.]]]";

#[test]
fn long_lines_are_broken_and_long_tensors_shortened_as_in_numpy() {
    let t = Tensor::<f64, (Dim<30>,)>::from_fn(|[i]| i as f64);
    let expected = "[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.
 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]";
    assert_eq!(t.to_string(), expected);
    let t = Tensor::<f64, (Dim<2>, Dim<600>)>::from_fn(|[i, j]| (i * 600 + j) as f64 / 2.0);
    let expected = "[[0.000e+00 5.000e-01 1.000e+00 ... 2.985e+02 2.990e+02 2.995e+02]
 [3.000e+02 3.005e+02 3.010e+02 ... 5.985e+02 5.990e+02 5.995e+02]]";
    assert_eq!(t.to_string(), expected);
    let t = Tensor::<f64, (Dim<1001>, Dim<1>)>::ones();
    assert_eq!(t.to_string(), "[[1.]\n [1.]\n [1.]\n ...\n [1.]\n [1.]\n [1.]]");
}

proptest! {
    #[test]
    fn numbers_survive_the_round_trip_through_a_dynamic_shape(data in proptest::collection::vec(any::<f64>(), 6)) {
        let t = Tensor::<f64, (Dim<3>, Dim<2>)>::from_vec(data.clone()).unwrap();
        let back: Tensor<f64, (Dim<3>, Dim<2>)> = DynTensor::from(t).try_into().unwrap();
        prop_assert!(back.to_vec().iter().zip(&data).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    #[test]
    fn the_text_of_a_tensor_holds_its_numbers(data in proptest::collection::vec(-1e6_f64..1e6, 4)) {
        let text = Tensor::<f64, (Dim<2>, Dim<2>)>::from_slice(&data).unwrap().to_string();
        let numbers = text.split(|c: char| "[] \n".contains(c)).filter(|word| !word.is_empty());
        let read: Vec<f64> = numbers.map(|word| word.parse().unwrap()).collect();
        prop_assert_eq!(read.len(), 4);
        for (a, b) in read.iter().zip(&data) {
            prop_assert!((a - b).abs() <= 1e-8 * b.abs().max(1.0), "{} for {}", a, b);
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn serde_checks_the_shape_on_the_way_in() {
    let text = serde_json::to_string(&matrix()).unwrap();
    assert_eq!(text, r#"{"shape":[2,3],"data":[1.0,2.0,3.0,4.0,5.0,6.0]}"#);
    assert_eq!(serde_json::from_str::<Matrix>(&text).unwrap(), matrix());
    assert_eq!(serde_json::from_str::<DynTensor<f32>>(&text).unwrap(), matrix().into_dyn());
    let wrong = [
        (r#"{"shape":[3,2],"data":[1.0,2.0,3.0,4.0,5.0,6.0]}"#, "the tensor has shape [3, 2], expected [2, 3]"),
        (r#"{"shape":[2,3],"data":[1.0]}"#, "has 1 elements, expected 6"),
        (r#"{"shape":[1,1,1,1,1,1,1,1,1],"data":[1.0]}"#, "at most 8 axes"),
    ];
    for (text, message) in wrong {
        let error = serde_json::from_str::<Matrix>(text).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
