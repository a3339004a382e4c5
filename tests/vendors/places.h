/* Where kernels access memory, and what is known of the place. */
#ifndef CONVLENS_TRAFFIC_PLACES_H
#define CONVLENS_TRAFFIC_PLACES_H

#include <oclgrind/common.h>

#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/Instructions.h>

#include <cinttypes>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include "requests.h"

namespace traffic
{

enum Access { READ, WRITE };

/* What places are told apart by: instruction, calls, size, access. */
typedef std::tuple<const void *, uint64_t, size_t, int> PlaceKey;

/* An instruction, reached through one chain of calls, and what its requests came to. */
struct Place {
    std::vector<std::string> at; /* file:line, innermost first */
    unsigned space;
    Access access;
    size_t size, promised; /* bytes of an access, and the alignment that the source promises */
    uint64_t asked_bytes;
    Counts counts[WIDTHS];
};

/* Where an instruction is in the sources, and where the functions were called that were inlined. */
inline void add_location(std::vector<std::string> &at, const llvm::Instruction *instruction)
{
    for (const llvm::DILocation *place = instruction->getDebugLoc(); place;
         place = place->getInlinedAt())
        at.push_back(place->getFilename().str() + ":" + std::to_string(place->getLine()));
}

/* The alignment in bytes that the source promises: of vload and vstore an element's. */
inline size_t promised_alignment(const llvm::Instruction *instruction, size_t size)
{
    if (const auto *load = llvm::dyn_cast<llvm::LoadInst>(instruction))
        return load->getAlign().value();
    if (const auto *store = llvm::dyn_cast<llvm::StoreInst>(instruction))
        return store->getAlign().value();
    const auto *call = llvm::dyn_cast<llvm::CallInst>(instruction);
    const llvm::Function *callee = call ? call->getCalledFunction() : nullptr;
    if (!callee || (!callee->getName().contains("vload") && !callee->getName().contains("vstore")))
        return size;
    if (callee->getName().contains("_half"))
        return 2;
    const llvm::Type *type =
        call->getType()->isVoidTy() ? call->getArgOperand(0)->getType() : call->getType();
    return type->getScalarSizeInBits() / 8;
}

/* oclgrind keeps constant memory with global memory; GPUs have caches of their own for it. */
inline bool is_constant(const llvm::Instruction *instruction)
{
    for (const llvm::Value *operand : instruction->operand_values())
        if (operand->getType()->isPointerTy() &&
            operand->getType()->getPointerAddressSpace() == oclgrind::AddrSpaceConstant)
            return true;
    return false;
}

inline Place describe(const llvm::Instruction *instruction,
                      const std::vector<const llvm::Instruction *> &calls, unsigned space,
                      size_t size, Access access)
{
    Place place = {};
    place.space = space;
    place.access = access;
    place.size = size;
    place.promised = promised_alignment(instruction, size);
    add_location(place.at, instruction);
    for (const llvm::Instruction *call : calls)
        add_location(place.at, call);
    return place;
}

inline void write_text(FILE *file, const std::string &text)
{
    fputc('"', file);
    for (const char c : text) {
        if (c == '"' || c == '\\')
            fputc('\\', file);
        fputc((unsigned char)c < ' ' ? '?' : c, file);
    }
    fputc('"', file);
}

inline void write_place(FILE *file, const Place &place)
{
    fprintf(file, "{\"at\": [");
    for (size_t i = 0; i < place.at.size(); i++) {
        fprintf(file, i ? ", " : "");
        write_text(file, place.at[i]);
    }
    fprintf(file,
            "], \"memory\": \"%s\", \"access\": \"%s\", \"bytes\": %zu, \"promised\": %zu, "
            "\"asked_bytes\": %" PRIu64,
            place.space == oclgrind::AddrSpaceLocal ? "local" : "global",
            place.access == READ ? "read" : "write", place.size, place.promised, place.asked_bytes);
    for (int w = 0; w < WIDTHS; w++)
        fprintf(file,
                ", \"%u\": {\"requests\": %" PRIu64 ", \"units\": %" PRIu64 ", \"least\": %" PRIu64
                ", \"split\": %" PRIu64 "}",
                LANES[w], place.counts[w].requests, place.counts[w].units, place.counts[w].least,
                place.counts[w].split);
    fputc('}', file);
}

} // namespace traffic

#endif
