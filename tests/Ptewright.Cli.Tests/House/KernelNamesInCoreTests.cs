using System.Reflection;
using System.Text.RegularExpressions;
using Ptewright.LinearMap;

namespace Ptewright.Cli.Tests.House;

/// <summary>The engine knows rules, not kernels: what one Linux version does is data of <c>Kernels/Versions</c>.</summary>
public sealed partial class KernelNamesInCoreTests
{
    private static readonly string[] _names =
    [
        .. typeof(TableSettings).Assembly.GetTypes().SelectMany(type => type
            .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(member => $"{type.FullName}.{member.Name}")
            .Append(type.FullName!)),
    ];

    [Fact]
    public void No_name_in_Core_is_that_of_a_kernel()
    {
        Assert.True(_names.Length > 1000, $"only {_names.Length} names were seen");
        Assert.DoesNotContain(_names, name => KernelName.IsMatch(name));
    }

    [Theory]
    [InlineData("Ptewright.Translation.ChangeSafety.Linux612", true)]
    [InlineData("Ptewright.LinearMap.TableSettings.TableBitsLinux613", true)]
    [InlineData("Ptewright.Access.FixmapLayout.V6_12", true)]
    [InlineData("Ptewright.Access.FixmapLayout.Debian12", true)]
    [InlineData("Ptewright.DeviceTree.DeviceTreeMemory.LinuxInitrdStart", false)]
    [InlineData("Ptewright.Translation.OutputAddressFormat.Bits52", false)]
    [InlineData("Ptewright.Translation.GranuleSize.Size64K", false)]
    public void A_kernels_name_is_known_where_it_stands(string name, bool isOne) => Assert.Equal(isOne, KernelName.IsMatch(name));

    [GeneratedRegex(@"(Linux|Debian|Ubuntu|Azure)_?[0-9]|\bV[4-7]_?[0-9]")]
    private static partial Regex KernelName { get; }
}
