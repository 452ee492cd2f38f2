//! 1: tensors. A tensor owns its numbers, and its shape is part of its type: `Tensor<f32, shape![3, 4]>`.
//!
//! Numbers written in the program are counted by the compiler; numbers from outside are checked once, where they
//! come in. Arithmetic takes equal shapes: `a + b` of other shapes does not compile.

use session::prelude::*;
use session::random::Rng;

const CITIES: [&str; 3] = ["Lisbon", "Oslo", "Nairobi"];
const SEASONS: [&str; 4] = ["winter", "spring", "summer", "autumn"];

fn print(title: &str, table: &Tensor<f32, shape![3, 4]>) {
    println!("{title:<10}{:>9}{:>9}{:>9}{:>9}", SEASONS[0], SEASONS[1], SEASONS[2], SEASONS[3]);
    for (row, city) in CITIES.iter().enumerate() {
        let cells: String = (0..4).map(|column| format!("{:9.1}", table[[row, column]])).collect();
        println!("{city:<10}{cells}");
    }
    println!();
}

fn main() -> Result<(), Error> {
    // A number too many or too few in these brackets is a compile error.
    let celsius = Tensor::<f32, shape![3, 4]>::from_array([
        [11.8, 15.7, 22.6, 18.6],
        [-3.6, 5.5, 16.7, 6.4],
        [18.9, 19.3, 16.6, 18.6],
    ]);
    print("°C", &celsius);

    // With numbers, element by element; `&` leaves the operand to be used again.
    print("°F", &(&celsius * 1.8 + 32.0));

    // Each element from its position.
    let mean =
        Tensor::<f32, shape![3, 4]>::from_fn(|[row, _]| (0..4).map(|column| celsius[[row, column]]).sum::<f32>() / 4.0);
    print("from mean", &(&celsius - &mean));

    for (city, season) in CITIES.iter().zip(celsius.argmax_last()) {
        println!("{city} is warmest in {}", SEASONS[season]);
    }
    println!("above 18 °C:\n{}\n", celsius.map(|degrees| f32::from(degrees > 18.0)));

    // Random numbers follow from their seed, the same on every machine.
    let noise = Tensor::<f64, shape![2, 2, 3]>::randn(&mut Rng::new(1));
    println!("noise of shape [2, 2, 3]:\n{noise:.3}\n");

    // From a file or a user: only a run tells how many there are.
    let read: Vec<f32> = "1 2 3 4 5 6".split(' ').map(|word| word.parse().expect("a number")).collect();
    let matrix = Tensor::<f32, shape![2, 3]>::from_vec(read.clone())?;
    println!("six numbers as [2, 3]:\n{matrix}");
    match Tensor::<f32, shape![2, 2]>::from_vec(read) {
        Ok(_) => unreachable!("four are not six"),
        Err(error) => println!("as [2, 2]: {error}"),
    }
    Ok(())
}
