//! The options of a compilation, as a message of protocol buffers (`CompileOptionsProto` of XLA).

/// A message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// A number in groups of seven bits, the lowest first.
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn number(mut self, field: u64, number: u64) -> Self {
        self.varint(field << 3);
        self.varint(number);
        self
    }

    fn message(mut self, field: u64, message: &Self) -> Self {
        self.varint(field << 3 | 2);
        self.varint(message.0.len() as u64);
        self.0.extend_from_slice(&message.0);
        self
    }
}

/// The options for a program that is shared out over the devices with these numbers, or runs on the one.
pub(crate) fn compile_options(devices: &[i32]) -> Vec<u8> {
    let partitions = devices.len() as u64;
    // One replica, made of as many computations as there are devices: `DeviceAssignmentProto`.
    let assignment = devices.iter().fold(Message::default().number(1, 1).number(2, partitions), |message, &device| {
        let mut ids = Message::default();
        // A negative number, which no device has, would be written in 64 bits.
        ids.varint(i64::from(device) as u64);
        message.message(3, &Message::default().message(1, &ids))
    });
    // `ExecutableBuildOptionsProto`. No device is the one that autotuning runs on.
    let mut build = Message::default().number(1, u64::MAX).number(4, 1).number(5, partitions).message(9, &assignment);
    if partitions > 1 {
        // Partition the program, by the shardings of Shardy.
        build = build.number(6, 1).number(19, 1);
    }
    Message::default().message(3, &build).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups_of_seven_bits() {
        let written = |number| Message::default().number(1, number).0;
        assert_eq!(written(0), [8, 0]);
        assert_eq!(written(300), [8, 0xac, 2]);
        assert_eq!(written(u64::MAX), [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn a_program_for_two_devices() {
        let assignment = [8, 1, 16, 2, 26, 3, 10, 1, 0, 26, 4, 10, 2, 0x80, 1];
        let mut build = vec![8];
        build.extend([255; 9]);
        build.extend([1, 32, 1, 40, 2, 74, assignment.len() as u8]);
        build.extend(assignment);
        build.extend([48, 1, 0x98, 1, 1]);
        let mut expected = vec![26, build.len() as u8];
        expected.extend(build);
        assert_eq!(compile_options(&[0, 128]), expected);
    }
}
