using Ptewright.Addressing;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Counting;

/// <summary>A region of code that is counted: from before one instruction is executed to before another one is.</summary>
/// <param name="Start">The first instruction that counts.</param>
/// <param name="End">The instruction at which counting ends; it does not count itself.</param>
public readonly record struct CountedRegion(VirtualAddress Start, VirtualAddress End)
{
    /// <summary>A function of a kernel that is called from one place: from its first instruction to the one behind the call.</summary>
    /// <param name="kernel">The kernel's image.</param>
    /// <param name="symbols">Its symbols.</param>
    /// <param name="function">The function's name.</param>
    /// <exception cref="InvalidInputException">There is no such function, or it is not called once in the code of boot, where Linux calls <c>paging_init</c>.</exception>
    public static CountedRegion OfFunction(KernelFile kernel, KernelSymbols symbols, string function)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(symbols);
        VirtualAddress start = symbols.Find(function);
        IReadOnlyList<VirtualAddress> calls = kernel.FindCalls(
            symbols.Find("_text"), start, symbols.Find("__inittext_begin"), symbols.Find("__inittext_end"));
        return calls switch
        {
            [VirtualAddress call] => new CountedRegion(start, call + BranchLink.Length),
            [] => throw new InvalidInputException($"The code of boot in {kernel.Name} never calls {function} at {start}, so {symbols.Name} is not of this kernel."),
            _ => throw new InvalidInputException($"The code of boot in {kernel.Name} calls {function} from {calls.Count} places, and one is expected."),
        };
    }
}
