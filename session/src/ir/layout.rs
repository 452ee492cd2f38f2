//! Where the boxes of a picture stand: a layered drawing of a directed graph without cycles.
//!
//! In four steps, each of about as many operations as there are boxes and lines:
//!
//! 1. *Ranks*: an item stands below all that it reads, and as low as its first reader allows. A rank has room for so
//!    many items that read something; more go further down.
//! 2. *Cells*: a line that passes ranks bends in each of them; lines from one item share their bends. A line over more
//!    than [`REACH`] ranks is not drawn: beside its reader stands a tag of what it reads. So there are few bends, and no
//!    line that the eye cannot follow.
//! 3. *Order* within ranks, by sweeps down and up that put each cell at the mean position of its neighbours; of the
//!    orders met the one with the fewest crossings is taken.
//! 4. *Places*: sweeps that put each cell above the mean place of its readers, then below that of what it reads, as near
//!    as the widths and the order allow, in least squares. The last goes down, so that chains are straight.

use crate::mapped::mapped;
use crate::order::{key_of, sort};

/// The most ranks that a line goes down.
const REACH: usize = 16;
/// The most items of a rank that read something.
const ROOM: usize = 12;
/// How often the order, and then the places, are worked over.
const SWEEPS: usize = 16;
/// The free space beside a cell.
pub(super) const SPACE: f64 = 16.0;

/// What is to be placed.
pub(super) struct Item {
    /// The width of its box, and of a tag that stands for it.
    pub width: [f64; 2],
    /// What it reads: earlier items.
    pub operands: Vec<usize>,
}

/// What has a place.
pub(super) struct Cell {
    /// The item that it is, stands for, or comes from.
    pub item: usize,
    pub kind: Kind,
    pub rank: usize,
    pub width: f64,
    /// Its middle.
    pub x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Box,
    Tag,
    Bend,
}

pub(super) struct Layout {
    /// The boxes of the items in their order, then the others.
    pub cells: Vec<Cell>,
    /// The cells that a line goes through, from what is read to its reader. In the order of readers and operands.
    pub lines: Vec<Vec<usize>>,
    pub ranks: usize,
    pub width: f64,
}

impl Layout {
    pub fn new(items: &[Item]) -> Self {
        let mut layout = Self { cells: Vec::new(), lines: Vec::new(), ranks: 0, width: 0.0 };
        for (item, rank) in ranks(items).into_iter().enumerate() {
            layout.cell(item, Kind::Box, rank, items[item].width[0]);
        }
        layout.connect(items);
        let order = layout.order();
        layout.place(&order);
        layout
    }

    fn cell(&mut self, item: usize, kind: Kind, rank: usize, width: f64) -> usize {
        self.ranks = self.ranks.max(rank + 1);
        self.cells.push(Cell { item, kind, rank, width, x: 0.0, above: Vec::new(), below: Vec::new() });
        self.cells.len() - 1
    }

    /// Adds bends, tags and lines.
    fn connect(&mut self, items: &[Item]) {
        // From the box of an item down.
        let mut chains: Vec<Vec<usize>> = (0..items.len()).map(|item| vec![item]).collect();
        for (reader, item) in items.iter().enumerate() {
            let mut tags: Vec<(usize, usize)> = Vec::new();
            for &operand in &item.operands {
                let (rank, below) = (self.cells[operand].rank, self.cells[reader].rank);
                let mut line = if below - rank > REACH {
                    let known = tags.iter().find(|(tagged, _)| *tagged == operand).map(|&(_, tag)| tag);
                    let tag =
                        known.unwrap_or_else(|| self.cell(operand, Kind::Tag, below - 1, items[operand].width[1]));
                    tags.push((operand, tag));
                    vec![tag]
                } else {
                    for rank in rank + chains[operand].len()..below {
                        let bend = self.cell(operand, Kind::Bend, rank, 0.0);
                        chains[operand].push(bend);
                    }
                    chains[operand][..below - rank].to_vec()
                };
                line.push(reader);
                for link in line.windows(2) {
                    let [above, below] = [link[0], link[1]];
                    if !self.cells[below].above.contains(&above) {
                        self.cells[below].above.push(above);
                        self.cells[above].below.push(below);
                    }
                }
                self.lines.push(line);
            }
        }
    }

    /// The cells of each rank from left to right.
    fn order(&self) -> Vec<Vec<usize>> {
        let mut order = vec![Vec::new(); self.ranks];
        for (index, cell) in self.cells.iter().enumerate() {
            order[cell.rank].push(index);
        }
        let mut position = vec![0.0; self.cells.len()];
        let number = |rank: &[usize], position: &mut [f64]| {
            rank.iter().enumerate().for_each(|(place, &cell)| position[cell] = place as f64);
        };
        order.iter().for_each(|rank| number(rank, &mut position));
        let mut best = (self.crossings(&order, &position), order.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 1;
            for step in 0..self.ranks {
                let rank = &mut order[if down { step } else { self.ranks - 1 - step }];
                let key = |cell: usize| {
                    let neighbours = if down { &self.cells[cell].above } else { &self.cells[cell].below };
                    mean(neighbours.iter().map(|&neighbour| position[neighbour])).unwrap_or(position[cell])
                };
                sort(rank, |&cell| [key_of(key(cell)), 0]);
                number(rank, &mut position);
            }
            let crossings = self.crossings(&order, &position);
            if crossings < best.0 {
                best = (crossings, order.clone());
            }
        }
        best.1
    }

    /// How many pairs of lines between neighbouring ranks cross.
    fn crossings(&self, order: &[Vec<usize>], position: &[f64]) -> usize {
        let between = |rank: &Vec<usize>| {
            // The lower ends, by the upper ones: those that come before a smaller one cross. Counted in a Fenwick tree.
            let lower = rank.iter().flat_map(|&cell| {
                let mut ends: Vec<usize> = mapped(&self.cells[cell].below, |&end| position[end] as usize);
                ends.sort_unstable();
                ends
            });
            let lower: Vec<usize> = lower.collect();
            let mut tree = vec![0; lower.iter().max().map_or(0, |most| most + 2)];
            let mut crossings = 0;
            for (before, end) in lower.into_iter().enumerate() {
                let (mut not_above, mut at) = (0, end + 1);
                while at > 0 {
                    not_above += tree[at];
                    at &= at - 1;
                }
                crossings += before - not_above;
                at = end + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
            crossings
        };
        order.iter().map(between).sum()
    }

    fn place(&mut self, order: &[Vec<usize>]) {
        for rank in order {
            let mut x = 0.0;
            for &cell in rank {
                self.cells[cell].x = x + self.cells[cell].width / 2.0;
                x += self.cells[cell].width + SPACE;
            }
        }
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 1;
            for step in 0..self.ranks {
                let rank = &order[if down { step } else { self.ranks - 1 - step }];
                let wishes: Vec<[f64; 2]> = mapped(rank, |&cell| self.wish(cell, down));
                let gap =
                    |place: usize| (self.cells[rank[place]].width + self.cells[rank[place + 1]].width) / 2.0 + SPACE;
                let gaps: Vec<f64> = (1..rank.len()).map(|place| gap(place - 1)).collect();
                for (&cell, x) in rank.iter().zip(nearest(&wishes, &gaps)) {
                    self.cells[cell].x = x;
                }
            }
        }
        let edge = |cell: &Cell, side: f64| cell.x + side * (cell.width / 2.0 + SPACE);
        let left = self.cells.iter().map(|cell| edge(cell, -1.0)).fold(f64::INFINITY, f64::min);
        self.cells.iter_mut().for_each(|cell| cell.x -= left);
        self.width = self.cells.iter().map(|cell| edge(cell, 1.0)).fold(2.0 * SPACE, f64::max);
    }

    /// Where a cell would stand by itself, and how much that matters.
    ///
    /// What reads nothing stands by its readers, and they do not stand by it if they read anything else.
    fn wish(&self, cell: usize, down: bool) -> [f64; 2] {
        let Cell { above, below, x, kind, .. } = &self.cells[cell];
        let reads = |cell: &usize| !self.cells[*cell].above.is_empty();
        let x_of = |cell: &usize| self.cells[*cell].x;
        let place = if !down || above.is_empty() {
            mean(below.iter().map(x_of))
        } else {
            mean(above.iter().filter(|cell| reads(cell)).map(x_of)).or_else(|| mean(above.iter().map(x_of)))
        };
        match place {
            None => [*x, 0.01],
            Some(place) if above.is_empty() => [place, 0.1],
            // That long lines be straight.
            Some(place) if *kind == Kind::Bend => [place, 4.0],
            Some(place) => [place, 1.0],
        }
    }
}

/// For each item the rank: 0 at the top.
fn ranks(items: &[Item]) -> Vec<usize> {
    let mut ranks: Vec<usize> = vec![0; items.len()];
    let mut filled = vec![0];
    for (index, item) in items.iter().enumerate() {
        let Some(above) = item.operands.iter().map(|&operand| ranks[operand]).max() else { continue };
        let first = above + 1;
        let rank = (first..filled.len()).find(|&rank| filled[rank] < ROOM).unwrap_or(first.max(filled.len()));
        filled.resize(filled.len().max(rank + 1), 0);
        filled[rank] += 1;
        ranks[index] = rank;
    }
    let mut lowest = vec![None; items.len()];
    for (index, item) in items.iter().enumerate().rev() {
        if let Some(rank) = lowest[index] {
            if item.operands.is_empty() {
                ranks[index] = rank;
            } else if filled[rank] < ROOM {
                filled[ranks[index]] -= 1;
                filled[rank] += 1;
                ranks[index] = rank;
            }
        }
        for &operand in &item.operands {
            let above = ranks[index] - 1;
            lowest[operand] = Some(lowest[operand].map_or(above, |lowest: usize| lowest.min(above)));
        }
    }
    ranks
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

/// The places nearest to the wished ones (a place and its weight), in least squares, that are at least these gaps
/// apart: cells whose wishes conflict form blocks, and a block stands at the mean wish of its cells.
fn nearest(wishes: &[[f64; 2]], gaps: &[f64]) -> Vec<f64> {
    // Seen from a frame that moves on by the gaps, places only have to ascend.
    let mut frame = vec![0.0; wishes.len()];
    for (place, gap) in gaps.iter().enumerate() {
        frame[place + 1] = frame[place] + gap;
    }
    // Sum of weighted wishes, sum of weights, number of cells.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (place, [wish, weight]) in wishes.iter().enumerate() {
        let mut block = (weight * (wish - frame[place]), *weight, 1);
        while let Some(&(sum, weight, count)) = blocks.last()
            && sum / weight >= block.0 / block.1
        {
            block = (block.0 + sum, block.1 + weight, block.2 + count);
            blocks.pop();
        }
        blocks.push(block);
    }
    let places = blocks.into_iter().flat_map(|(sum, weight, count)| std::iter::repeat_n(sum / weight, count));
    places.zip(frame).map(|(place, frame)| place + frame).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(operands: &[usize]) -> Item {
        Item { width: [50.0, 30.0], operands: operands.to_vec() }
    }

    #[test]
    fn an_item_stands_as_low_as_its_first_reader_allows() {
        let items = [item(&[]), item(&[0]), item(&[]), item(&[1, 2]), item(&[])];
        assert_eq!(ranks(&items), [0, 1, 1, 2, 0]);
        // Twenty that read the first: twelve have room.
        let items: Vec<Item> = (0..21).map(|index| item(if index == 0 { &[] } else { &[0] })).collect();
        assert_eq!(ranks(&items).iter().filter(|&&rank| rank == 1).count(), ROOM);
        assert_eq!(ranks(&items)[20], 2);
    }

    #[test]
    fn cells_of_a_rank_do_not_overlap_and_lines_go_down_rank_by_rank() {
        // Each reads one of the last three, and one of any before.
        let reader = |index: usize| item(&[index - 1 - index % 3, (index * index * 7) % index]);
        let items: Vec<Item> = (0..400).map(|index| if index < 5 { item(&[]) } else { reader(index) }).collect();
        let layout = Layout::new(&items);
        let mut ranks = vec![Vec::new(); layout.ranks];
        layout
            .cells
            .iter()
            .for_each(|cell| ranks[cell.rank].push((cell.x - cell.width / 2.0, cell.x + cell.width / 2.0)));
        for rank in &mut ranks {
            rank.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(rank.windows(2).all(|pair| pair[0].1 + SPACE <= pair[1].0 + 1e-6), "{rank:?}");
            assert!(rank.iter().all(|&(left, right)| left >= SPACE - 1e-6 && right <= layout.width - SPACE + 1e-6));
        }
        assert_eq!(layout.lines.len(), 790);
        for line in &layout.lines {
            assert!(line.windows(2).all(|link| layout.cells[link[0]].rank + 1 == layout.cells[link[1]].rank));
            assert!(line.len() <= REACH + 1);
        }
        assert!(layout.cells.iter().any(|cell| cell.kind == Kind::Tag), "none is far away");
    }

    #[test]
    fn places_are_the_nearest_that_are_far_enough_apart() {
        let even = |places: &[f64]| places.iter().map(|&place| [place, 1.0]).collect::<Vec<_>>();
        assert_eq!(nearest(&even(&[0.0, 10.0]), &[5.0]), [0.0, 10.0]);
        assert_eq!(nearest(&even(&[3.0, 3.0, 3.0]), &[2.0, 2.0]), [1.0, 3.0, 5.0]);
        assert_eq!(nearest(&[[0.0, 3.0], [0.0, 1.0]], &[4.0]), [-1.0, 3.0]);
        assert!(nearest(&[], &[]).is_empty());
    }

    #[test]
    fn an_order_without_crossings_is_found() {
        // Two chains whose second items come in the other order.
        let items = [item(&[]), item(&[]), item(&[1]), item(&[0]), item(&[2]), item(&[3])];
        let layout = Layout::new(&items);
        let x = |item: usize| layout.cells[item].x;
        assert_eq!((x(0), x(1)), (x(3), x(2)));
        assert_eq!((x(3), x(2)), (x(5), x(4)));
    }
}
