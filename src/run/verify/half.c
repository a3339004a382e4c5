/* Conversions by bits. */
#include "run/verify/half.h"

#include <math.h>
#include <string.h>

uint16_t cvl_half_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    float magnitude = fabsf(value);
    if (isnan(value))
        return sign | 0x7E00u;
    if (magnitude >= 65520.0f) /* halfway between the largest half and 2^16 */
        return sign | 0x7C00u;
    if (magnitude < 0x1p-14f) /* subnormal: a multiple of 2^-24 */
        return sign | (uint16_t)lrintf(magnitude * 0x1p24f);
    uint32_t rounded = (bits & 0x7FFFFFFFu) + 0x0FFFu + (bits >> 13 & 1u);
    return sign | (uint16_t)((rounded >> 13) - (112u << 10)); /* exponent bias 127 to 15 */
}

float cvl_half_to_float(uint16_t half)
{
    int exponent = half >> 10 & 0x1F;
    float mantissa = (float)(half & 0x3FF);
    float magnitude = 0.0f;
    if (exponent == 31)
        magnitude = mantissa != 0.0f ? NAN : INFINITY;
    else if (exponent == 0)
        magnitude = mantissa * 0x1p-24f;
    else
        magnitude = ldexpf(mantissa + 1024.0f, exponent - 25);
    return half & 0x8000 ? -magnitude : magnitude;
}
