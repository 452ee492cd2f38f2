//! The handwritten digits that everybody starts with.

use std::path::{Path, PathBuf};

use shapes::Dim;

use super::Dataset;
use super::idx::Idx;
use crate::error::Error;

/// The shape of a grey image of 28 by 28 pixels: channel, row, column.
pub type Digit = (Dim<1>, Dim<28>, Dim<28>);

/// The MNIST handwritten digits, or another set of the same form, such as Fashion-MNIST.
///
/// Pixels are numbers from 0 to 1, as `torchvision.transforms.ToTensor` makes them.
///
/// ```
/// # #[cfg(feature = "gzip")] {
/// use session::data::Mnist;
///
/// let mnist = Mnist::load("../examples/data/mnist").unwrap();
/// assert_eq!((mnist.train.len(), mnist.test.len()), (7000, 2000));
/// let (images, labels) = mnist.train.batches::<64>(0).next().unwrap();
/// assert_eq!(images.as_slice().len(), 64 * 28 * 28);
/// assert!(labels.iter().all(|label| *label < 10));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mnist {
    /// The images to train with.
    pub train: Dataset<f32, Digit>,
    /// The images to test with.
    pub test: Dataset<f32, Digit>,
}

impl Mnist {
    /// Reads the four files of a folder under their usual names, each plain or, with the feature `gzip`, gzipped:
    /// `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`,
    /// `t10k-labels-idx1-ubyte`.
    ///
    /// # Errors
    /// [`Error::FileMissing`] if one of them is not there, and those of [`Dataset::from_idx`].
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, Error> {
        let file = |name| find(directory.as_ref(), name);
        let set = |images, labels| Dataset::from_idx(file(images)?, file(labels)?, 10);
        Ok(Self {
            train: set("train-images-idx3-ubyte", "train-labels-idx1-ubyte")?,
            test: set("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")?,
        })
    }
}

/// The file of this name, or else the gzipped one.
fn find(directory: &Path, name: &'static str) -> Result<PathBuf, Error> {
    let candidates = [directory.join(name), directory.join(format!("{name}.gz"))];
    let missing = || Error::FileMissing { directory: directory.to_owned(), name };
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(missing)
}

impl<const H: usize, const W: usize> Dataset<f32, (Dim<1>, Dim<H>, Dim<W>)> {
    /// Reads grey images of `H` by `W` pixels and their labels from two IDX files.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the images have another size, [`Error::CountMismatch`] if there
    /// are not as many labels as images, [`Error::LabelOutOfRange`] if a label is not below
    /// `classes`, and those of [`Idx::read`].
    pub fn from_idx(images: impl AsRef<Path>, labels: impl AsRef<Path>, classes: usize) -> Result<Self, Error> {
        let (image_path, label_path) = (images.as_ref(), labels.as_ref());
        let images = Idx::<3>::read(image_path)?;
        let labels = Idx::<1>::read(label_path)?;
        let [image_count, size @ ..] = images.sizes;
        let [label_count] = labels.sizes;
        if size != [H, W] {
            return Err(Error::shape(format!("each image of {}", image_path.display()), &[H, W], &size));
        }
        if image_count != label_count {
            let (images, labels) = (image_path.to_owned(), label_path.to_owned());
            return Err(Error::CountMismatch { images, image_count, labels, label_count });
        }
        let labels: Vec<usize> = labels.bytes.into_iter().map(usize::from).collect();
        if let Some(position) = labels.iter().position(|label| *label >= classes) {
            let (path, label) = (label_path.to_owned(), labels[position]);
            return Err(Error::LabelOutOfRange { path, position, label, classes });
        }
        Self::new(images.bytes.into_iter().map(|pixel| f32::from(pixel) / 255.0).collect(), labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Scratch;

    /// A folder with two images to train and one to test.
    fn folder() -> Scratch {
        let scratch = Scratch::new();
        for (name, count) in [("train", 2_u8), ("t10k", 1)] {
            let mut pixels = vec![0; 784 * usize::from(count)];
            (pixels[29], pixels[783]) = (255, 51);
            let images = [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28][..], &pixels].concat();
            scratch.file(&format!("{name}-images-idx3-ubyte"), &images);
            let labels = [&[0, 0, 8, 1, 0, 0, 0, count][..], &[9, 3][..usize::from(count)]].concat();
            scratch.file(&format!("{name}-labels-idx1-ubyte"), &labels);
        }
        scratch
    }

    fn message(folder: &Scratch) -> String {
        Mnist::load(folder.path()).unwrap_err().to_string().replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn pixels_go_from_0_to_1() {
        let mnist = Mnist::load(folder().path()).unwrap();
        assert_eq!(mnist.train.labels(), [9, 3]);
        let image = mnist.test.item(0);
        assert_eq!((image[[0, 1, 1]], image[[0, 27, 27]], image[[0, 0, 0]]), (1.0, 0.2, 0.0));
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = folder();
        std::fs::remove_file(folder.path().join("t10k-labels-idx1-ubyte")).unwrap();
        assert_eq!(message(&folder), "DIR: holds neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz");
    }

    #[test]
    fn a_truncated_file_is_named() {
        let folder = folder();
        folder.file("train-images-idx3-ubyte", &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3]);
        assert_eq!(message(&folder), "DIR/train-images-idx3-ubyte: truncated: 19 bytes where its header says 1584");
    }

    #[test]
    fn exchanged_files_are_named() {
        let folder = folder();
        let name = |file: &str| folder.path().join(file);
        std::fs::copy(name("train-labels-idx1-ubyte"), name("train-images-idx3-ubyte")).unwrap();
        let expected = "DIR/train-images-idx3-ubyte: not an IDX file of bytes: \
                        starts with [00, 00, 08, 01], expected [00, 00, 08, 03]";
        assert_eq!(message(&folder), expected);
    }

    #[test]
    fn more_labels_than_images_are_an_error() {
        let folder = folder();
        folder.file("t10k-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3]);
        let expected = "DIR/t10k-images-idx3-ubyte holds 1 images, DIR/t10k-labels-idx1-ubyte holds 3 labels";
        assert_eq!(message(&folder), expected);
    }

    #[test]
    fn a_label_that_is_no_digit_is_an_error() {
        let folder = folder();
        folder.file("train-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 2, 9, 10]);
        let expected = "DIR/train-labels-idx1-ubyte: label 10 at position 1, expected a label below 10";
        assert_eq!(message(&folder), expected);
    }

    #[test]
    fn images_of_another_size_are_an_error() {
        let folder = folder();
        folder.file("train-images-idx3-ubyte", &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4]);
        assert_eq!(message(&folder), "each image of DIR/train-images-idx3-ubyte has shape [1, 2], expected [28, 28]");
    }
}
