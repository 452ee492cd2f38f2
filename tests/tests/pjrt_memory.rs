//! Steps on the devices of a plugin of PJRT free what they take. A target of its own, in which nothing else runs; it needs
//! a plugin of CPUs in `PJRT_PLUGIN`, as those of `tests/pjrt` do.

use std::fs;

use session::export::Placement;
use session::export::pjrt::{Plugin, Value};
use session::optim::Adam;
use session::prelude::*;

dim!(Batch = 8);

graph! {
    struct Layer {
        w: [64, 512] = kaiming_uniform(1.0),
        b: [64] = zeros,
    }

    fn loss<B>(x: [B, 512], labels: nat[B]) -> [] {
        cross_entropy(linear(w, b, x), labels)
    }
}

/// The memory of this process that is in use, in KiB, as Linux says it.
fn in_use() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn many_steps_take_no_more_memory_than_some() {
    let plugin = Plugin::from_environment().unwrap_or_else(|error| panic!("this test needs a plugin: {error}"));
    let client = plugin.client(&[("cpu_device_count", Value::Integer(4))]).unwrap();
    let devices = client.devices().unwrap();
    for placement in [Placement::on(&devices[0]), Placement::over(&devices).split_named("Batch")] {
        let net = Layer::new(1);
        let function = net.compile_loss::<Batch>(Options::default().threads(1)).unwrap();
        let mut step = function.into_step(Adam::new(0.01)).unwrap().on_device(&placement).unwrap();
        let mut steps = |count: usize| {
            for _ in 0..count {
                step.run((&Tensor::ones(), &[1; 8])).unwrap();
                step.fetch().unwrap();
            }
        };
        steps(100);
        let before = in_use();
        steps(400);
        // Each step has a new batch, and new parameters with their state, of 400 KiB together on each device.
        if let (Some(before), Some(after)) = (before, in_use()) {
            assert!(after < before + 16 * 1024, "{before} KiB before, {after} KiB after");
        }
    }
}
