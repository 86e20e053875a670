using Ptewright.Counting;

namespace Ptewright.Tests.Counting;

/// <summary>How QEMU says that it wants plugins of another version.</summary>
public sealed class PluginVersionTests
{
    [Theory]
    [InlineData("qemu-system-aarch64: Could not load plugin /tmp/x.so: plugin requires API version 1, but this QEMU supports only a minimum version of 2", 2)]
    [InlineData("qemu-system-aarch64: Could not load plugin /tmp/x.so: TCG plugin requires API version 9, but this QEMU supports only up to version 1", null)]
    [InlineData("this QEMU supports only a minimum version of ", null)]
    [InlineData("", null)]
    public void The_lowest_version_is_read_from_the_refusal(string line, int? least) => Assert.Equal(least, PluginVersionException.Of(line)?.Least);
}
