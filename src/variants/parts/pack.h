/* Packing of weights when they are loaded (cl/pack.cl): load stages with the raw weights as a
 * buffer of their own, which goes once it is packed. */
#ifndef CVL_VARIANTS_PARTS_PACK_H
#define CVL_VARIANTS_PARTS_PACK_H

#include "variants/parts/tiles.h"

/* Weights of a problem with groups as blocks of output channels, padded as the tiles say.
 * @return the packed buffer */
uint32_t cvl_pack_blocks(struct cvl_builder *builder, const struct cvl_problem *problem,
                         enum cvl_filter filter, int32_t block, int32_t padded);

/* Weights of a depthwise problem as taps x channels. */
uint32_t cvl_pack_taps(struct cvl_builder *builder, const struct cvl_problem *problem,
                       enum cvl_filter filter);

/* Weights that a stage reads as they are. */
uint32_t cvl_raw_weights(struct cvl_builder *builder, const struct cvl_problem *problem,
                         enum cvl_filter filter);

#endif
