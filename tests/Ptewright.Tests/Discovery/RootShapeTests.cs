using Ptewright.Discovery;

namespace Ptewright.Tests.Discovery;

public sealed class RootShapeTests
{
    // By hand, from arch/arm64/Kconfig: the sizes of each granule, LPA2 with 52 bits of 4K and 16K; the last 64 of 1024 entries where 64K pages fall back.
    [Fact]
    public void All_that_Linux_can_be_built_and_run_with_and_nothing_else() => Assert.Equal(
        "4K 52 lpa2, 4K 48, 4K 39, 16K 52 lpa2, 16K 48, 16K 47, 16K 36, 64K 52, 64K 48 +7680, 64K 48, 64K 42",
        string.Join(", ", RootShape.All.Select(shape =>
            $"{shape.PageBytes >> 10}K {shape.InputBits}{(shape.IsLpa2 ? " lpa2" : "")}{(shape.Offset != 0 ? $" +{shape.Offset}" : "")}")));
}
