//! The updates of one number as PyTorch's documentation writes them.

/// One number's update: given the learning rate, the step counted from 1, the number, its gradient, and what is
/// remembered of it.
pub type Update = Box<dyn Fn(f64, i32, f64, f64, &mut [f64; 3]) -> f64>;

pub fn sgd(momentum: f64, weight_decay: f64, nesterov: bool) -> Update {
    Box::new(move |rate, step, p, g, state| {
        let mut g = g + weight_decay * p;
        if momentum != 0.0 {
            state[0] = if step > 1 { momentum * state[0] + g } else { g };
            g = if nesterov { g + momentum * state[0] } else { state[0] };
        }
        p - rate * g
    })
}

pub fn adam(betas: [f64; 2], eps: f64, weight_decay: f64) -> Update {
    Box::new(move |rate, step, p, g, state| {
        let g = g + weight_decay * p;
        state[0] = betas[0] * state[0] + (1.0 - betas[0]) * g;
        state[1] = betas[1] * state[1] + (1.0 - betas[1]) * g * g;
        let m = state[0] / (1.0 - betas[0].powi(step));
        let v = state[1] / (1.0 - betas[1].powi(step));
        p - rate * m / (v.sqrt() + eps)
    })
}

pub fn adam_w(betas: [f64; 2], eps: f64, weight_decay: f64) -> Update {
    let adam = adam(betas, eps, 0.0);
    Box::new(move |rate, step, p, g, state| adam(rate, step, p - rate * weight_decay * p, g, state))
}

pub fn rms_prop(alpha: f64, momentum: f64, weight_decay: f64, centered: bool) -> Update {
    Box::new(move |rate, _, p, g, state| {
        let g = g + weight_decay * p;
        state[0] = alpha * state[0] + (1.0 - alpha) * g * g;
        let mut spread = state[0];
        if centered {
            state[1] = alpha * state[1] + (1.0 - alpha) * g;
            spread -= state[1] * state[1];
        }
        state[2] = momentum * state[2] + g / (spread.sqrt() + 1e-8);
        p - rate * state[2]
    })
}
