/* A request: what the lanes of a warp access by one instruction, and what it costs. */
#ifndef CONVLENS_TRAFFIC_REQUESTS_H
#define CONVLENS_TRAFFIC_REQUESTS_H

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace traffic
{

const int WIDTHS = 2;
const unsigned LANES[WIDTHS] = {32, 64}; /* lanes of a warp */
const unsigned MAX_LANES = 64;
const size_t MAX_ACCESS = 16; /* bytes: a lane's wider access is several, one after another */
const size_t SECTOR = 32;     /* bytes of global memory that are moved together */
const size_t BANKS = 32;      /* of local memory, a word wide each */
const size_t WORD = 4;

/* Units are sectors of global memory, or cycles of local memory. */
struct Counts {
    uint64_t requests;
    uint64_t units;
    uint64_t least; /* as many as the distinct bytes fill */
    uint64_t split; /* units, if an access is made in pieces of the alignment that it promises */
};

struct Request {
    uint64_t lanes = 0; /* a bit for each that takes part */
    size_t address[MAX_LANES];

    bool has(unsigned lane) const
    {
        return lanes >> lane & 1;
    }
    void add(unsigned lane, size_t at)
    {
        lanes |= uint64_t(1) << lane;
        address[lane] = at;
    }
};

/* What requests are told apart by: the place, the turns of the loops, and a number for
 * instructions that access memory several times. */
struct Key {
    void *place;
    uint64_t turns;
    unsigned number;

    bool operator==(const Key &other) const
    {
        return place == other.place && turns == other.turns && number == other.number;
    }
};

struct KeyHash {
    size_t operator()(const Key &key) const
    {
        return size_t(key.turns ^ (uint64_t(key.place) * 0x9e3779b97f4a7c15) ^ key.number);
    }
};

/* The distinct units of `unit` bytes that `size` bytes at each address touch, in order. */
inline std::vector<size_t> touched_units(const std::vector<size_t> &addresses, size_t size,
                                         size_t unit)
{
    std::vector<size_t> units;
    for (const size_t address : addresses)
        for (size_t at = address / unit; at <= (address + size - 1) / unit; at++)
            units.push_back(at);
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    return units;
}

inline uint64_t distinct_bytes(std::vector<size_t> addresses, size_t size)
{
    uint64_t bytes = 0;
    size_t end = 0;
    std::sort(addresses.begin(), addresses.end());
    for (const size_t address : addresses) {
        const size_t first = std::max(address, end);
        end = std::max(end, address + size);
        bytes += end - first;
    }
    return bytes;
}

/* The addresses of lanes `first` to `first` + `count` - 1, `offset` bytes further. */
inline std::vector<size_t> addresses_of(const Request &request, unsigned first, unsigned count,
                                        size_t offset)
{
    std::vector<size_t> addresses;
    for (unsigned lane = first; lane < first + count; lane++)
        if (request.has(lane))
            addresses.push_back(request.address[lane] + offset);
    return addresses;
}

/* Sectors of a warp, if each lane's access of `size` bytes is made in pieces of `piece`. */
inline uint64_t sectors(const Request &request, unsigned first, unsigned lanes, size_t size,
                        size_t piece)
{
    uint64_t sum = 0;
    for (size_t offset = 0; offset < size; offset += piece)
        sum += touched_units(addresses_of(request, first, lanes, offset),
                             std::min(piece, size - offset), SECTOR)
                   .size();
    return sum;
}

/* Cycles of local memory for the same, the least too: BANKS words a cycle, from as many lanes as
 * ask for them; a word is read once for all lanes. */
inline uint64_t cycles(const Request &request, unsigned first, unsigned lanes, size_t size,
                       size_t piece, uint64_t &least)
{
    const unsigned part = std::min(lanes, unsigned(BANKS * WORD / std::max(piece, WORD)));
    uint64_t sum = 0;
    for (size_t offset = 0; offset < size; offset += piece)
        for (unsigned lane = first; lane < first + lanes; lane += part) {
            const auto words = touched_units(addresses_of(request, lane, part, offset),
                                             std::min(piece, size - offset), WORD);
            uint64_t in_bank[BANKS] = {0};
            for (const size_t word : words)
                in_bank[word % BANKS]++;
            sum += *std::max_element(in_bank, in_bank + BANKS);
            least += (words.size() + BANKS - 1) / BANKS;
        }
    return sum;
}

/* Adds a request of 64 lanes, as one of a warp of 64 or two of warps of 32. */
inline void measure(Counts &counts, const Request &request, unsigned lanes, size_t size,
                    size_t promised, bool local)
{
    const size_t piece = std::min(size, MAX_ACCESS);
    const size_t loose = std::max(size_t(1), std::min(piece, promised));
    for (unsigned first = 0; first < MAX_LANES; first += lanes) {
        const auto addresses = addresses_of(request, first, lanes, 0);
        if (addresses.empty())
            continue;
        counts.requests += (size + piece - 1) / piece;
        if (local) {
            uint64_t unused = 0;
            counts.units += cycles(request, first, lanes, size, piece, counts.least);
            counts.split += cycles(request, first, lanes, size, loose, unused);
        } else {
            const uint64_t whole = sectors(request, first, lanes, size, piece);
            counts.units += whole;
            counts.split += loose == piece ? whole : sectors(request, first, lanes, size, loose);
            counts.least += (distinct_bytes(addresses, size) + SECTOR - 1) / SECTOR;
        }
    }
}

} // namespace traffic

#endif
