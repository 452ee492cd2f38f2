//! Fingerprints under a key that is the same everywhere. The key is the process's, so this is the only test here.

use session::scalar::{Fingerprint, Scalar, Symbol};

#[test]
fn with_a_fixed_key_fingerprints_can_be_written_down() {
    Fingerprint::fix_key();
    let (x, y) = (Fingerprint::variable(0), Fingerprint::variable(1));
    let found = [x.words(), x.mul_add(y, Fingerprint::literal(0.5)).words(), (x + y).exp().words()];
    // Worked out by another program from the description of the hash.
    let expected = [
        [0x3dcd_1bfd_aec2_d6ac, 0x64db_94b8_6292_a340],
        [0x1a7d_2403_5482_831e, 0x609f_806d_fc8c_0e75],
        [0xfece_8e0b_fa3f_01dd, 0x5faf_d1db_b12e_2683],
    ];
    assert_eq!(found, expected, "{found:#018x?}");
    let again = std::panic::catch_unwind(Fingerprint::fix_key).expect_err("the key is in use");
    assert_eq!(again.downcast_ref::<&str>(), Some(&"the key of fingerprints is in use"));
}
