use session::prelude::*;

dim!(pub Rows = 3, pub Columns = 4);
