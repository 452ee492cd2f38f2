//! Fingerprints under a key that is the same everywhere. The key is the process's, so this is the only test here.

use session::scalar::{Fingerprint, Scalar, Symbol};

#[test]
fn with_a_fixed_key_fingerprints_can_be_written_down() {
    Fingerprint::fix_key();
    let (x, y) = (Fingerprint::variable(0), Fingerprint::variable(1));
    let found = [x.words(), x.mul_add(y, Fingerprint::literal(0.5)).words(), (x + y).exp().words()];
    // Worked out by another program from the description of the hash.
    let expected = [
        [0xcc63_249a_e486_7e05, 0x681e_d005_cb01_22c1],
        [0x61da_3cf3_5d6c_635a, 0x2312_27d9_8c6d_80e4],
        [0x86a5_4b9a_4a9a_2f41, 0x7c89_c3a4_fa6a_9e6b],
    ];
    assert_eq!(found, expected, "{found:#018x?}");
    let again = std::panic::catch_unwind(Fingerprint::fix_key).expect_err("the key is in use");
    assert_eq!(again.downcast_ref::<&str>(), Some(&"the key of fingerprints is in use"));
}
