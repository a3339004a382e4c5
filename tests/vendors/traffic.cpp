/* A plug-in for oclgrind that counts the memory traffic of a kernel as a GPU would have it.
 *
 * oclgrind interprets one work-item after another. Here their accesses are put together again into
 * requests: what the lanes of a warp (consecutive work-items of a group) access by one instruction
 * in the same turn of every loop around it. docs/traffic.md defines what is counted of a request.
 *
 * CONVLENS_TRAFFIC names the file; each launch of a kernel appends a line of JSON to it. */
#include <oclgrind/Context.h>
#include <oclgrind/Kernel.h>
#include <oclgrind/KernelInvocation.h>
#include <oclgrind/Memory.h>
#include <oclgrind/Plugin.h>
#include <oclgrind/WorkGroup.h>
#include <oclgrind/WorkItem.h>

#include "loops.h"
#include "places.h"
#include "requests.h"

namespace
{

using oclgrind::Memory;
using oclgrind::WorkGroup;
using oclgrind::WorkItem;
using traffic::Access;
using traffic::Place;
using traffic::READ;
using traffic::WRITE;

/* Requests that are kept at a time, 544 bytes each. They go when the next warp or a barrier comes;
 * a launch with more is marked as incomplete. */
const size_t MAX_REQUESTS = 1 << 18;

/* Bytes of a buffer, a bit for each. */
typedef std::vector<uint64_t> Bits;
typedef std::unordered_map<size_t, Bits> Touched;

void touch(Touched &touched, const Memory *memory, size_t address, size_t size)
{
    const Memory::Buffer *buffer = memory->getBuffer(address);
    const size_t first = memory->extractOffset(address);
    if (!buffer || first + size > buffer->size)
        return; /* oclgrind has complained about it */
    Bits &bits = touched[memory->extractBuffer(address)];
    bits.resize((buffer->size + 63) / 64);
    for (size_t i = first; i < first + size; i++)
        bits[i / 64] |= uint64_t(1) << (i % 64);
}

uint64_t count(const Touched &touched)
{
    uint64_t bytes = 0;
    for (const auto &buffer : touched)
        for (const uint64_t bits : buffer.second)
            bytes += uint64_t(__builtin_popcountll(bits));
    return bytes;
}

class Traffic : public oclgrind::Plugin
{
  public:
    Traffic(const oclgrind::Context *context, FILE *file) : Plugin(context), m_file(file)
    {
    }
    ~Traffic() override
    {
        fclose(m_file);
    }
    bool isThreadSafe() const override
    {
        return false; /* so that oclgrind takes one work-group after another */
    }
    void kernelBegin(const oclgrind::KernelInvocation *) override
    {
        m_places.clear();
        m_touched[READ].clear();
        m_touched[WRITE].clear();
        m_loops.clear();
        m_complete = true;
        m_copied_bytes = 0;
    }
    void kernelEnd(const oclgrind::KernelInvocation *launch) override;
    void workGroupBegin(const WorkGroup *group) override
    {
        const oclgrind::Size3 size = group->getGroupSize();
        m_lanes.assign(size.x * size.y * size.z, traffic::Path());
        m_item = nullptr;
    }
    void workGroupBarrier(const WorkGroup *, uint32_t) override
    {
        end_warp();
    }
    void workGroupComplete(const WorkGroup *) override
    {
        end_warp();
    }
    void instructionExecuted(const WorkItem *item, const llvm::Instruction *instruction,
                             const oclgrind::TypedValue &) override
    {
        path_of(item).follow(m_loops, instruction, item->getCallStack().size(), true);
    }
    void memoryLoad(const Memory *memory, const WorkItem *item, size_t address,
                    size_t size) override
    {
        add(memory, item, address, size, READ);
    }
    void memoryStore(const Memory *memory, const WorkItem *item, size_t address, size_t size,
                     const uint8_t *) override
    {
        add(memory, item, address, size, WRITE);
    }
    void memoryAtomicLoad(const Memory *memory, const WorkItem *item, oclgrind::AtomicOp,
                          size_t address, size_t size) override
    {
        add(memory, item, address, size, READ);
    }
    void memoryAtomicStore(const Memory *memory, const WorkItem *item, oclgrind::AtomicOp,
                           size_t address, size_t size) override
    {
        add(memory, item, address, size, WRITE);
    }
    void hostMemoryLoad(const Memory *, size_t, size_t) override
    {
        m_host_read = true;
    }
    void memoryMap(const Memory *, size_t, size_t, size_t, cl_map_flags) override
    {
        m_host_read = true;
    }
    /* async_work_group_copy: by no lane in particular */
    void memoryLoad(const Memory *memory, const WorkGroup *, size_t, size_t size) override
    {
        if (memory->getAddressSpace() == oclgrind::AddrSpaceGlobal)
            m_copied_bytes += size;
    }
    void memoryStore(const Memory *memory, const WorkGroup *, size_t, size_t size,
                     const uint8_t *) override
    {
        if (memory->getAddressSpace() == oclgrind::AddrSpaceGlobal)
            m_copied_bytes += size;
    }

  private:
    FILE *m_file;
    traffic::LoopTable m_loops;
    std::vector<traffic::Path> m_lanes; /* by local linear id */
    const WorkItem *m_item = nullptr;   /* whose number is m_id */
    size_t m_id = 0, m_warp = 0;
    std::unordered_map<traffic::Key, traffic::Request, traffic::KeyHash> m_requests;
    std::map<traffic::PlaceKey, Place> m_places;
    Touched m_touched[2];
    bool m_complete = true, m_host_read = false;
    uint64_t m_copied_bytes = 0;

    traffic::Path &path_of(const WorkItem *item)
    {
        if (item != m_item) {
            const oclgrind::Size3 id = item->getLocalID();
            const oclgrind::Size3 size = item->getWorkGroup()->getGroupSize();
            m_item = item;
            m_id = id.x + size.x * (id.y + size.y * id.z);
            if (m_id / traffic::MAX_LANES != m_warp)
                end_warp();
            m_warp = m_id / traffic::MAX_LANES;
        }
        return m_lanes[m_id];
    }

    Place &place_of(const traffic::Path &path, const llvm::Instruction *instruction,
                    const Memory *memory, size_t size, Access access)
    {
        Place &place = m_places[{instruction, path.calls(), size, access}];
        if (place.size)
            return place;
        place = traffic::describe(instruction, path.call_stack(), memory->getAddressSpace(), size,
                                  access);
        return place;
    }

    void add(const Memory *memory, const WorkItem *item, size_t address, size_t size, Access access)
    {
        const unsigned space = memory->getAddressSpace();
        const llvm::Instruction *instruction = item->getCurrentInstruction();
        if (space == oclgrind::AddrSpacePrivate || traffic::is_constant(instruction))
            return;
        traffic::Path &path = path_of(item);
        path.follow(m_loops, instruction, item->getCallStack().size(), false);
        Place &place = place_of(path, instruction, memory, size, access);
        place.asked_bytes += size;
        if (space == oclgrind::AddrSpaceGlobal)
            touch(m_touched[access], memory, address, size);
        traffic::Key key = {&place, path.turns(), 0};
        const unsigned lane = unsigned(m_id % traffic::MAX_LANES);
        for (;; key.number++) {
            const auto found = m_requests.find(key);
            if (found == m_requests.end())
                break;
            if (!found->second.has(lane))
                return found->second.add(lane, address);
        }
        if (m_requests.size() >= MAX_REQUESTS)
            m_complete = false;
        else
            m_requests[key].add(lane, address);
    }

    void end_warp()
    {
        for (const auto &entry : m_requests) {
            Place &place = *static_cast<Place *>(entry.first.place);
            for (int w = 0; w < traffic::WIDTHS; w++)
                traffic::measure(place.counts[w], entry.second, traffic::LANES[w], place.size,
                                 place.promised, place.space == oclgrind::AddrSpaceLocal);
        }
        m_requests.clear();
    }
};

void Traffic::kernelEnd(const oclgrind::KernelInvocation *launch)
{
    const oclgrind::Size3 global = launch->getGlobalSize(), local = launch->getLocalSize();
    const char *comma = "";
    fprintf(m_file, "{\"kernel\": ");
    traffic::write_text(m_file, launch->getKernel()->getName());
    fprintf(m_file,
            ", \"global\": [%zu, %zu, %zu], \"local\": [%zu, %zu, %zu], \"complete\": %s, "
            "\"after_host_read\": %s, \"read_bytes\": %" PRIu64 ", \"written_bytes\": %" PRIu64
            ", \"group_copied_bytes\": %" PRIu64 ", \"places\": [",
            global.x, global.y, global.z, local.x, local.y, local.z, m_complete ? "true" : "false",
            m_host_read ? "true" : "false", count(m_touched[READ]), count(m_touched[WRITE]),
            m_copied_bytes);
    for (const auto &entry : m_places) {
        fprintf(m_file, "%s", comma);
        traffic::write_place(m_file, entry.second);
        comma = ", ";
    }
    fprintf(m_file, "]}\n");
    fflush(m_file);
    m_host_read = false;
}

Traffic *plugin;

} // namespace

extern "C" void initializePlugins(oclgrind::Context *context)
{
    const char *path = getenv("CONVLENS_TRAFFIC");
    FILE *file = path ? fopen(path, "a") : nullptr;
    if (!file) {
        fprintf(stderr, "traffic: CONVLENS_TRAFFIC is %s: expected a file that can be written\n",
                path ? path : "not set");
        exit(1);
    }
    plugin = new Traffic(context, file);
    context->registerPlugin(plugin);
}

extern "C" void releasePlugins(oclgrind::Context *context)
{
    context->unregisterPlugin(plugin);
    delete plugin;
    plugin = nullptr;
}
