//! Fingerprints under a key that is the same everywhere. The key is the process's, so this is the only test here.

use session::scalar::{Fingerprint, Scalar, Symbol};

#[test]
fn with_a_fixed_key_fingerprints_can_be_written_down() {
    Fingerprint::fix_key();
    let (x, y) = (Fingerprint::variable(0), Fingerprint::variable(1));
    let found = [x.words(), x.mul_add(y, Fingerprint::literal(0.5)).words(), (x + y).exp().words()];
    // Worked out by another program from the description of the hash.
    let expected = [
        [0xdea3_381c_7a23_050a, 0x226f_efa5_999c_a0c9],
        [0x5078_cc55_56b0_d88b, 0x4abf_4f0d_77d9_dfdd],
        [0xc01d_e127_e28f_a6f8, 0x3f5f_18f9_321a_5837],
    ];
    assert_eq!(found, expected, "{found:#018x?}");
    let again = std::panic::catch_unwind(Fingerprint::fix_key).expect_err("the key is in use");
    assert_eq!(again.downcast_ref::<&str>(), Some(&"the key of fingerprints is in use"));
}
