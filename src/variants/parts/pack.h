/* Packing of weights at load time (cl/pack.cl): load stages whose raw weights are in a buffer of
 * their own, released after packing. */
#ifndef CVL_VARIANTS_PARTS_PACK_H
#define CVL_VARIANTS_PARTS_PACK_H

#include "variants/parts/tiles.h"

/* Packs weights as blocks of output channels, padded as the tiles need; the problem may have
 * groups.
 * @return the packed buffer */
uint32_t cvl_pack_blocks(struct cvl_builder *builder, const struct cvl_problem *problem,
                         enum cvl_filter filter, int32_t block, int32_t padded);

/* The same of all weights where `merged` groups are one group of the problem: what is between them
 * is 0. */
uint32_t cvl_pack_merged(struct cvl_builder *builder, const struct cvl_problem *problem,
                         int32_t merged, int32_t block, int32_t padded);

/* Packs the weights of a depthwise problem as taps x channels. */
uint32_t cvl_pack_taps(struct cvl_builder *builder, const struct cvl_problem *problem,
                       enum cvl_filter filter);

/* Adds weights that a stage reads unpacked. */
uint32_t cvl_raw_weights(struct cvl_builder *builder, const struct cvl_problem *problem,
                         enum cvl_filter filter);

#endif
