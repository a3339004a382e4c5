/* Where a work-item is: the functions that it is in, and how often it has gone round each loop.
 *
 * A warp executes an instruction once for all lanes that reach it in the same turn of the loops
 * around it: hardware joins the lanes again after a branch that only some took. */
#ifndef CONVLENS_TRAFFIC_LOOPS_H
#define CONVLENS_TRAFFIC_LOOPS_H

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>

#include <memory>
#include <unordered_map>
#include <vector>

namespace traffic
{

inline uint64_t mix(uint64_t hash, uint64_t value)
{
    hash ^= value + 0x9e3779b97f4a7c15 + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccd;
}

/* The loops around a block, outermost first. */
struct Block {
    std::vector<const llvm::Loop *> loops;
    bool header; /* of the innermost loop */
};

class LoopTable
{
  public:
    /* Forgets all: a program that is released leaves its addresses to the next one. */
    void clear()
    {
        m_blocks.clear();
        m_functions.clear();
    }
    const Block &block(const llvm::BasicBlock *at)
    {
        const auto found = m_blocks.find(at);
        if (found != m_blocks.end())
            return found->second;
        Block &block = m_blocks[at];
        const llvm::Loop *innermost = loops_of(at->getParent()).getLoopFor(at);
        for (const llvm::Loop *loop = innermost; loop; loop = loop->getParentLoop())
            block.loops.insert(block.loops.begin(), loop);
        block.header = innermost && innermost->getHeader() == at;
        return block;
    }

  private:
    std::unordered_map<const llvm::BasicBlock *, Block> m_blocks;
    std::unordered_map<const llvm::Function *, std::unique_ptr<llvm::LoopInfo>> m_functions;

    llvm::LoopInfo &loops_of(const llvm::Function *function)
    {
        std::unique_ptr<llvm::LoopInfo> &loops = m_functions[function];
        if (!loops) {
            const llvm::DominatorTree tree(*const_cast<llvm::Function *>(function));
            loops = std::make_unique<llvm::LoopInfo>(tree);
        }
        return *loops;
    }
};

/* The path of one work-item. */
class Path
{
  public:
    /* Goes to an instruction. `depth` is the number of calls on oclgrind's stack, which has changed
     * already where the instruction is a call or a return that was `executed`. */
    void follow(LoopTable &table, const llvm::Instruction *instruction, size_t depth, bool executed)
    {
        const llvm::BasicBlock *block = instruction->getParent();
        const bool is_call = executed && calls_function(instruction);
        if (llvm::isa<llvm::ReturnInst>(instruction))
            return;
        go_to_depth(is_call ? depth - 1 : depth);
        Frame &frame = m_frames.back();
        if (frame.block != block || frame.jumped)
            enter(frame, table.block(block));
        frame.block = block;
        frame.jumped = executed && instruction->isTerminator();
        if (is_call)
            frame.call = instruction;
    }
    /* The turns of all loops, and the calls, as one number. */
    uint64_t turns()
    {
        if (!m_hashed)
            hash();
        return m_turns;
    }
    uint64_t calls() const
    {
        return m_calls;
    }
    /* The calls that are not over, innermost first. */
    std::vector<const llvm::Instruction *> call_stack() const
    {
        std::vector<const llvm::Instruction *> calls;
        for (size_t i = m_frames.size() - 1; i-- > 0;)
            calls.push_back(m_frames[i].call);
        return calls;
    }

  private:
    struct Turn {
        const llvm::Loop *loop;
        uint64_t number;
    };
    struct Frame {
        const llvm::BasicBlock *block = nullptr;
        const llvm::Instruction *call = nullptr; /* of the next frame */
        bool jumped = false;
        std::vector<Turn> turns;
    };
    std::vector<Frame> m_frames;
    uint64_t m_turns = 0, m_calls = 0;
    bool m_hashed = false;

    static bool calls_function(const llvm::Instruction *instruction)
    {
        const auto *call = llvm::dyn_cast<llvm::CallInst>(instruction);
        return call && call->getCalledFunction() && !call->getCalledFunction()->isDeclaration();
    }

    void go_to_depth(size_t depth)
    {
        if (m_frames.size() == depth + 1)
            return;
        m_frames.resize(depth + 1);
        m_hashed = false;
        m_calls = 0;
        for (const Frame &frame : m_frames)
            if (&frame != &m_frames.back())
                m_calls = mix(m_calls, uint64_t(frame.call));
    }

    void enter(Frame &frame, const Block &block)
    {
        size_t same = 0;
        while (same < frame.turns.size() && same < block.loops.size() &&
               frame.turns[same].loop == block.loops[same])
            same++;
        frame.turns.resize(same);
        if (block.header && same == block.loops.size())
            frame.turns.back().number++;
        for (; same < block.loops.size(); same++)
            frame.turns.push_back({block.loops[same], 0});
        m_hashed = false;
    }

    void hash()
    {
        m_turns = m_calls;
        for (const Frame &frame : m_frames)
            for (const Turn &turn : frame.turns)
                m_turns = mix(mix(m_turns, uint64_t(turn.loop)), turn.number);
        m_hashed = true;
    }
};

} // namespace traffic

#endif
