using Ptewright.Fuzz;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Tests.Discovery;

/// <summary>Gives a synthetic kernel the table of its symbols that every kernel carries.</summary>
internal static class SyntheticSymbols
{
    private const ulong MemoryStartAt = (2 << 20) + 0x2000;

    /// <summary>Makes a kernel that has one, and the variable <c>memstart_addr</c>.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <returns>The same.</returns>
    public static SyntheticKernel WithSymbols(this SyntheticKernel kernel)
    {
        (string Name, ulong Place)[] symbols =
        [
            .. KallsymsImage.Symbols.Where(symbol => symbol.Place < 0x4_0000),
            ("Didmap_pg_dir", kernel.Identity.Value - kernel.Image.Value),
            ("Dtramp_pg_dir", kernel.Swapper.Value - (2 * kernel.Geometry.PageSize) - kernel.Image.Value),
            ("Dreserved_pg_dir", kernel.Swapper.Value - kernel.Geometry.PageSize - kernel.Image.Value),
            ("Dswapper_pg_dir", kernel.Swapper.Value - kernel.Image.Value),
            ("Dmemstart_addr", MemoryStartAt),
            ("B_end", SyntheticKernel.ImageSize),
        ];
        byte[] image = KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: false, kernel.Image.Value + kernel.ImageDistance, symbols);
        kernel.Write(kernel.Image + 4096, image.AsSpan(4096));
        kernel.Write(kernel.Image + MemoryStartAt, BitConverter.GetBytes(kernel.Place.MemoryStart.Value));
        return kernel;
    }
}
