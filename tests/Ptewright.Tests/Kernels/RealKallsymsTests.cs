using Ptewright.Addressing;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Tests.Kernels;

/// <summary>Real kernels' own tables of symbols against their <c>System.map</c>: one address for every symbol that both have.</summary>
[Trait("Category", "Slow")]
public sealed class RealKallsymsTests
{
    [Theory]
    [InlineData("vmlinuz-6.1.0-56-cloud-arm64", "System.map-6.1-cloud", 40_000, 24)]
    [InlineData("vmlinuz-6.12.117+deb12-cloud-arm64", "System.map-6.12-cloud", 100_000, 44)]
    [InlineData("vmlinuz-6.12.117+deb12-arm64-16k", "System.map-6.12-16k", 115_000, 44)]
    public void The_kernels_own_symbols_are_those_of_its_map(string kernel, string map, int atLeast, int inBoth)
    {
        string path = Path.Combine(Environment.GetEnvironmentVariable("PTEWRIGHT_KERNELS") ?? string.Empty, kernel);
        if (!File.Exists(path))
        {
            Assert.Skip($"There is no {kernel}.");
        }

        KernelSymbols own = KernelFile.Read(path).ReadSymbols();
        Assert.True(own.Count > atLeast, $"{own.Count} symbols");
        int found = 0;
        foreach ((string name, VirtualAddress address) in SystemMap.Read(SampleKernels.PathOf("symbols", map)).All)
        {
            if (own.TryFind(name, out VirtualAddress there))
            {
                Assert.Equal((name, address), (name, there));
                found++;
            }
        }

        Assert.Equal(0UL, own.ImageAt(new PhysicalAddress(0)).Base.Value);
        Assert.True(found >= inBoth, $"{found} in both");
    }
}
