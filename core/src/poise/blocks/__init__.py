"""Keras building blocks that two or more backbones share.

Pure functions over standard Keras layers. Layer names are a contract, because weights are
looked up by them: each function documents the names it gives. Unlike the rest of the core,
this package imports Keras at the top; import it only where you build a network.
"""

from poise.blocks.convolution import conv_block, max_pool
from poise.blocks.encoder_decoder import DecoderBlock, EncoderBlock, Stage, encoder_decoder
from poise.blocks.upsampling import upsampling_block

__all__ = [
    "DecoderBlock",
    "EncoderBlock",
    "Stage",
    "conv_block",
    "encoder_decoder",
    "max_pool",
    "upsampling_block",
]
