using Ptewright.Images;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Discovery;

/// <summary>Finds the machine of a kernel in the kernel's memory: its image and symbols, its memory, its command line, its CPU.</summary>
/// <remarks>
/// Of each the source that says best how it was when the linear map was made is taken, the others are compared with it. For memory that is the device tree, which the kernel keeps as it got it; the
/// kernel's own list (memblock) has changed since. docs/verify.md has the order for each.
/// </remarks>
public static class MachineDiscovery
{
    /// <summary>Finds the machine of a kernel.</summary>
    /// <param name="image">The source.</param>
    /// <param name="kernel">The kernel, as <see cref="KernelDiscovery"/> found it there.</param>
    /// <param name="symbols">The kernel's symbols from elsewhere: those that the image in memory does not have are taken from there.</param>
    /// <param name="stop">Ends the work, with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidInputException">The source cannot be read any more.</exception>
    public static FoundMachine Find(MemoryImage image, FoundKernel kernel, KernelSymbols? symbols = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(kernel);
        using MachineFinder finder = new(image, kernel, symbols, stop);
        return finder.Run();
    }
}
