"""Machine code as a compiler's listing shows it: blocks, loops, and what the innermost loop is made of.

Each vendor's module turns a listing into a list of Label and Instruction; here nothing depends on the machine.
"""
import collections

Label = collections.namedtuple("Label", "name")

# multiply_adds: how many of floats or halves, in every lane. load: ("global" or "local", bytes for each lane) or None; "block" of
# global memory whose address is one for all lanes. targets: labels that it may jump to. falls: whether what follows may be next.
# halves: whether the multiply-adds are of halves, at the machine's rate for them.
Instruction = collections.namedtuple("Instruction", "text multiply_adds load targets falls halves",
                                     defaults=(0, None, (), True, False))


class Block:
    """Instructions that run one after another, and the indices of the blocks that may be next."""

    def __init__(self):
        self.labels, self.instructions, self.next = [], [], []


def blocks_of(listing):
    blocks = [Block()]
    for item in listing:
        last = blocks[-1]
        if isinstance(item, Label):
            if last.instructions:
                blocks.append(Block())
            blocks[-1].labels.append(item.name)
            continue
        if last.instructions and (last.instructions[-1].targets or not last.instructions[-1].falls):
            blocks.append(Block())
        blocks[-1].instructions.append(item)
    at = {label: index for index, block in enumerate(blocks) for label in block.labels}
    for index, block in enumerate(blocks):
        end = block.instructions[-1] if block.instructions else Instruction("")
        found = [at[target] for target in end.targets if target in at]
        if end.falls and index + 1 < len(blocks):
            found.append(index + 1)
        block.next = sorted(set(found))
    return blocks


def _finish_order(members, following):
    """Members in the order in which a search in depth leaves them."""
    order, seen = [], set()
    for start in sorted(members):
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(following[start]))]
        while stack:
            node, rest = stack[-1]
            for lower in rest:
                if lower in members and lower not in seen:
                    seen.add(lower)
                    stack.append((lower, iter(following[lower])))
                    break
            else:
                stack.pop()
                order.append(node)
    return order


def _circles(members, following):
    """The strongly connected sets of members that hold a circle (Kosaraju's way)."""
    before = collections.defaultdict(list)
    for node in members:
        for lower in following[node]:
            before[lower].append(node)
    found, taken = [], set()
    for start in reversed(_finish_order(members, following)):
        if start in taken:
            continue
        group, stack = set(), [start]
        while stack:
            node = stack.pop()
            if node in group:
                continue
            group.add(node)
            stack += [upper for upper in before[node] if upper in members and upper not in taken and upper not in group]
        taken |= group
        if len(group) > 1 or start in following[start]:
            found.append(group)
    return found


def reached_of(blocks):
    """What can run at all: a kernel may end in a trap, and in what fills a line of the cache."""
    reached, stack = set(), [0]
    while stack:
        node = stack.pop()
        if node not in reached:
            reached.add(node)
            stack += blocks[node].next
    return reached


def loops_of(blocks, reached):
    """Every loop as (set of its blocks, those of them in no loop inside it, its depth from 1). A loop inside another is
    found once the way back to the outer one's entry is cut."""
    following = {index: list(block.next) for index, block in enumerate(blocks)}
    loops = []

    def search(members, depth):
        found = set()
        for circle in _circles(members, following):
            entries = [node for node in circle
                       if node == 0 or any(node in following[outer] for outer in reached if outer not in circle)]
            entry = min(entries or circle)
            kept = {node: following[node] for node in circle}
            following.update({node: [lower for lower in kept[node] if lower != entry] for node in circle})
            inner = search(circle, depth + 1)
            following.update(kept)
            loops.append((circle, circle - inner, depth))
            found |= circle
        return found

    search(set(reached), 1)
    return loops


def _loads(instructions, where):
    """How many loads there are of each width."""
    return dict(sorted(collections.Counter(i.load[1] for i in instructions if i.load and i.load[0] == where).items()))


def figures_of(listing):
    """What the inner loop is made of: of all loops the one with the most multiply-adds of its own, where each step of depth
    counts as four times as many; of equals the shortest. Without loops it is the whole code. Loads are those of all loops.

    A packed instruction, which does two multiply-adds, counts as two multiply-adds and as two of the inner loop's instructions:
    multiply_adds / instructions is the share of useful multiply-adds in the work of the loop, packed or not."""
    blocks = blocks_of(listing)
    reached = reached_of(blocks)
    loops = loops_of(blocks, reached)

    def code(members):
        return [i for index in sorted(members) for i in blocks[index].instructions]

    def weight(loop):
        instructions = code(loop[1])
        return sum(i.multiply_adds for i in instructions) * 4 ** loop[2], -len(instructions)

    inner = code(max(loops, key=weight)[1] if loops else reached)
    looped = code(set().union(*(members for members, _, _ in loops)) if loops else reached)
    return {"loops": len(loops), "instructions": sum(max(1, i.multiply_adds) for i in inner),
            "multiply_adds": sum(i.multiply_adds for i in inner),
            "half_multiply_adds": sum(i.multiply_adds for i in inner if i.halves), "code": len(code(reached)),
            "global_loads": _loads(looped, "global"), "local_loads": _loads(looped, "local"),
            "block_loads": _loads(looped, "block")}
