//! Slots for the models of one dimension. A slot keeps its address for life; a freed one is used again.

use crate::linalg::{invert_packed, NotPositiveDefinite};
use crate::model::Model;

/// Models to an allocation: 10 KB at d = 5, 40 KB at d = 12.
const CHUNK: usize = 32;

pub struct Arena<const D: usize> {
    chunks: Vec<Vec<Model<D>>>,
    free: Vec<u32>,
    in_use: u32,
}

impl<const D: usize> Arena<D> {
    pub const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            free: Vec::new(),
            in_use: 0,
        }
    }

    /// A slot that holds A = I, b = 0; None where there is no memory for one.
    pub fn allocate(&mut self) -> Option<u32> {
        if self.free.is_empty() {
            self.grow()?;
        }
        let slot = self.free.pop()?;
        self.model(slot).clone_from(&Model::default());
        self.in_use += 1;
        Some(slot)
    }

    pub fn release(&mut self, slot: u32) {
        self.free.push(slot);
        self.in_use -= 1;
    }

    pub fn in_use(&self) -> u32 {
        self.in_use
    }

    #[inline(always)]
    pub fn model(&mut self, slot: u32) -> &mut Model<D> {
        let slot = slot as usize;
        &mut self.chunks[slot / CHUNK][slot % CHUNK]
    }

    /// Inverts a packed matrix of this dimension in place; no slot is involved.
    pub fn invert(&self, matrix: &mut [f64]) -> Result<(), NotPositiveDefinite> {
        invert_packed::<D>(matrix)
    }

    fn grow(&mut self) -> Option<()> {
        let first = (self.chunks.len() * CHUNK) as u32;
        let mut chunk = Vec::new();
        chunk.try_reserve_exact(CHUNK).ok()?;
        chunk.resize(CHUNK, Model::default());
        // Room for every slot now, so that `release` never allocates.
        self.free.try_reserve(first as usize + CHUNK).ok()?;
        self.chunks.try_reserve(1).ok()?;
        self.chunks.push(chunk);
        self.free.extend((first..first + CHUNK as u32).rev());
        Some(())
    }
}
